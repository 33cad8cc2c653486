-- A published policy stays (R-2a), but for texts about people that are erased on request, where the ledger's table `erasure` says
-- so: its description and its criteria's titles. What decides stays then, too.
CREATE FUNCTION that_decides(policy jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT policy - 'description' || jsonb_build_object('criteria', (
        SELECT jsonb_agg(one - 'title' - 'title_zh' ORDER BY place)
        FROM jsonb_array_elements(policy -> 'criteria') WITH ORDINALITY AS each_of (one, place)
    ))
$$;
CREATE FUNCTION is_erased(before policies, after policies) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(after) - 'version' - 'update_time' - 'state' = to_jsonb(before) - 'version' - 'update_time' - 'state'
        AND that_decides(after.state) = that_decides(before.state)
        AND after.version = before.version + 1
        AND EXISTS (
            SELECT FROM erasure
            WHERE erasure.resource = 'policies/' || before.id AND erasure.version = after.version
        )
$$;

DROP TRIGGER published_policies_stay ON policies;
CREATE TRIGGER published_policies_stay BEFORE UPDATE ON policies FOR EACH ROW
    WHEN (old IS DISTINCT FROM new AND is_erased(old, new) IS NOT TRUE)
    EXECUTE FUNCTION refuse('a published policy is never altered');
