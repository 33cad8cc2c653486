-- A completed task and a written note stay (I-19), but for texts about people that are erased on request, where the ledger's table
-- `erasure` says so. Who did it, when, for whom and as what stays then, too.
DROP TRIGGER completed_tasks_stay;
CREATE TRIGGER completed_tasks_stay BEFORE UPDATE ON tasks
WHEN old.status = 'COMPLETED' AND (
    new.id IS NOT old.id
    OR new.create_time IS NOT old.create_time
    OR new.engagement IS NOT old.engagement
    OR new.status IS NOT old.status
    OR new.assignee IS NOT old.assignee
    OR new.template IS NOT old.template
    OR json_extract(new.state, '$.roster', '$.created', '$.assigned', '$.evidence.time', '$.status.Completed.stamp')
        IS NOT json_extract(old.state, '$.roster', '$.created', '$.assigned', '$.evidence.time', '$.status.Completed.stamp')
    OR (
        (new.version IS NOT old.version OR new.update_time IS NOT old.update_time OR new.state IS NOT old.state)
        AND (
            new.version IS NOT old.version + 1
            OR NOT EXISTS (
                SELECT 1 FROM erasure
                WHERE erasure.resource = 'tasks/' || old.id AND erasure.version = new.version
            )
        )
    )
)
BEGIN
    SELECT raise(ABORT, 'a completed task is never altered');
END;

DROP TRIGGER written_notes_stay;
CREATE TRIGGER written_notes_stay BEFORE UPDATE ON notes
WHEN new.id IS NOT old.id
    OR new.create_time IS NOT old.create_time
    OR new.engagement IS NOT old.engagement
    OR new.kind IS NOT old.kind
    OR new.author IS NOT old.author
    OR json_remove(new.state, '$.text') IS NOT json_remove(old.state, '$.text')
    OR (
        (new.version IS NOT old.version OR new.update_time IS NOT old.update_time OR new.state IS NOT old.state)
        AND (
            new.version IS NOT old.version + 1
            OR NOT EXISTS (
                SELECT 1 FROM erasure
                WHERE erasure.resource = 'notes/' || old.id AND erasure.version = new.version
            )
        )
    )
BEGIN
    SELECT raise(ABORT, 'a written note is never altered');
END;
