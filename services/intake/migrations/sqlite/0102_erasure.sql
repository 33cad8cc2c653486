-- A published policy stays (R-2a), but for texts about people that are erased on request, where the ledger's table `erasure` says
-- so: its description and its criteria's titles. What decides stays then, too.
DROP TRIGGER published_policies_stay;
CREATE TRIGGER published_policies_stay BEFORE UPDATE ON policies
WHEN new.id IS NOT old.id
    OR new.create_time IS NOT old.create_time
    OR new.version_number IS NOT old.version_number
    OR json_remove(new.state, '$.description', '$.criteria')
        IS NOT json_remove(old.state, '$.description', '$.criteria')
    OR (SELECT json_group_array(json_remove(value, '$.title', '$.title_zh')) FROM json_each(new.state, '$.criteria'))
        IS NOT (SELECT json_group_array(json_remove(value, '$.title', '$.title_zh')) FROM json_each(old.state, '$.criteria'))
    OR (
        (new.version IS NOT old.version OR new.update_time IS NOT old.update_time OR new.state IS NOT old.state)
        AND (
            new.version IS NOT old.version + 1
            OR NOT EXISTS (
                SELECT 1 FROM erasure
                WHERE erasure.resource = 'policies/' || old.id AND erasure.version = new.version
            )
        )
    )
BEGIN
    SELECT raise(ABORT, 'a published policy is never altered');
END;
