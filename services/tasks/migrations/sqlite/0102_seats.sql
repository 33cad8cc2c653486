-- How often a seat of the engagement has got another holder: what is written with the six of a file demands the same number.
ALTER TABLE files ADD COLUMN seats_taken INTEGER NOT NULL DEFAULT 0;

-- A completed task stays (I-19), but for the texts that are erased, and for the six who see it: those are the file's, whose seats
-- change hands (I-22).
DROP TRIGGER completed_tasks_stay;
CREATE TRIGGER completed_tasks_stay BEFORE UPDATE ON tasks
WHEN old.status = 'COMPLETED' AND (
    new.id IS NOT old.id
    OR new.create_time IS NOT old.create_time
    OR new.engagement IS NOT old.engagement
    OR new.status IS NOT old.status
    OR new.assignee IS NOT old.assignee
    OR new.template IS NOT old.template
    OR json_extract(new.state, '$.created', '$.assigned', '$.evidence.time', '$.status.Completed.stamp')
        IS NOT json_extract(old.state, '$.created', '$.assigned', '$.evidence.time', '$.status.Completed.stamp')
    OR (
        (new.version IS NOT old.version OR new.update_time IS NOT old.update_time OR new.state IS NOT old.state)
        AND (
            new.version IS NOT old.version + 1
            OR NOT (
                (
                    json_extract(new.state, '$.roster') IS json_extract(old.state, '$.roster')
                    AND EXISTS (
                        SELECT 1 FROM erasure
                        WHERE erasure.resource = 'tasks/' || old.id AND erasure.version = new.version
                    )
                )
                OR (
                    json_remove(new.state, '$.roster') IS json_remove(old.state, '$.roster')
                    AND json_extract(new.state, '$.roster')
                        IS (SELECT json_extract(files.state, '$.roster') FROM files WHERE files.id = substr(old.engagement, 13))
                )
            )
        )
    )
)
BEGIN
    SELECT raise(ABORT, 'a completed task is never altered');
END;
