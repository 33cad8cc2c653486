-- How often a seat of the engagement has got another holder: what is written with the six of a file demands the same number.
ALTER TABLE files ADD COLUMN seats_taken bigint NOT NULL DEFAULT 0;

-- A completed task stays (I-19), but for the texts that are erased, and for the six who see it: those are the file's, whose seats
-- change hands (I-22).
CREATE FUNCTION is_reseated(before jsonb, after jsonb) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT after - 'version' - 'update_time' - 'state' = before - 'version' - 'update_time' - 'state'
        AND (after ->> 'version')::bigint = (before ->> 'version')::bigint + 1
        AND (after -> 'state') - 'roster' = (before -> 'state') - 'roster'
        AND EXISTS (
            SELECT FROM files
            WHERE files.id = substr(before ->> 'engagement', 13)::uuid
                AND files.state -> 'roster' = after #> '{state,roster}'
        )
$$;

DROP TRIGGER completed_tasks_stay ON tasks;
CREATE TRIGGER completed_tasks_stay BEFORE UPDATE ON tasks FOR EACH ROW
    WHEN (
        old.status = 'COMPLETED'
        AND old IS DISTINCT FROM new
        AND is_reseated(to_jsonb(old), to_jsonb(new)) IS NOT TRUE
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
