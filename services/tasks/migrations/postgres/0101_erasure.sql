-- A completed task and a written note stay (I-19), but for texts about people that are erased on request, where the ledger's table
-- `erasure` says so. Who did it, when, for whom and as what stays then, too.
CREATE FUNCTION is_erased(resource text, before jsonb, after jsonb) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT after - 'version' - 'update_time' - 'state' = before - 'version' - 'update_time' - 'state'
        AND (after ->> 'version')::bigint = (before ->> 'version')::bigint + 1
        AND EXISTS (
            SELECT FROM erasure
            WHERE erasure.resource = is_erased.resource AND erasure.version = (after ->> 'version')::bigint
        )
$$;

DROP TRIGGER completed_tasks_stay ON tasks;
CREATE TRIGGER completed_tasks_stay BEFORE UPDATE ON tasks FOR EACH ROW
    WHEN (
        old.status = 'COMPLETED'
        AND old IS DISTINCT FROM new
        AND (
            new.state -> 'roster' IS DISTINCT FROM old.state -> 'roster'
            OR new.state -> 'created' IS DISTINCT FROM old.state -> 'created'
            OR new.state -> 'assigned' IS DISTINCT FROM old.state -> 'assigned'
            OR new.state #> '{evidence,time}' IS DISTINCT FROM old.state #> '{evidence,time}'
            OR new.state #> '{status,Completed,stamp}' IS DISTINCT FROM old.state #> '{status,Completed,stamp}'
            OR is_erased('tasks/' || old.id, to_jsonb(old), to_jsonb(new)) IS NOT TRUE
        )
    )
    EXECUTE FUNCTION refuse('a completed task is never altered');

DROP TRIGGER written_notes_stay ON notes;
CREATE TRIGGER written_notes_stay BEFORE UPDATE ON notes FOR EACH ROW
    WHEN (
        old IS DISTINCT FROM new
        AND (
            new.state - 'text' IS DISTINCT FROM old.state - 'text'
            OR is_erased('notes/' || old.id, to_jsonb(old), to_jsonb(new)) IS NOT TRUE
        )
    )
    EXECUTE FUNCTION refuse('a written note is never altered');
