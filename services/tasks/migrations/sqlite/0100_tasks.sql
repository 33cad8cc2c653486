-- Tasks, notes, and what this service knows of an engagement. Times are microseconds since 1970.

CREATE TABLE files (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    -- 1 until the engagement is cancelled.
    open INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    engagement TEXT NOT NULL,
    status TEXT NOT NULL,
    assignee TEXT NOT NULL,
    template TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX tasks_newest ON tasks (create_time, id);
CREATE INDEX tasks_engagement ON tasks (engagement, create_time, id);
CREATE INDEX tasks_engagement_status ON tasks (engagement, status, create_time, id);
CREATE INDEX tasks_status ON tasks (status, create_time, id);
CREATE INDEX tasks_assignee ON tasks (assignee, create_time, id);
CREATE INDEX tasks_assignee_status ON tasks (assignee, status, create_time, id);
CREATE INDEX tasks_template ON tasks (template, create_time, id);

-- Completed tasks are never altered or removed (I-19).
CREATE TRIGGER completed_tasks_stay BEFORE UPDATE ON tasks WHEN old.status = 'COMPLETED'
BEGIN
    SELECT raise(ABORT, 'a completed task is never altered');
END;
CREATE TRIGGER tasks_are_kept BEFORE DELETE ON tasks
BEGIN
    SELECT raise(ABORT, 'a task is never removed');
END;

CREATE TABLE notes (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    engagement TEXT NOT NULL,
    kind TEXT NOT NULL,
    author TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX notes_newest ON notes (create_time, id);
CREATE INDEX notes_engagement ON notes (engagement, create_time, id);
CREATE INDEX notes_engagement_kind ON notes (engagement, kind, create_time, id);
CREATE INDEX notes_kind ON notes (kind, create_time, id);
CREATE INDEX notes_author ON notes (author, create_time, id);

-- Written notes are never altered or removed (I-19).
CREATE TRIGGER written_notes_stay BEFORE UPDATE ON notes
BEGIN
    SELECT raise(ABORT, 'a written note is never altered');
END;
CREATE TRIGGER notes_are_kept BEFORE DELETE ON notes
BEGIN
    SELECT raise(ABORT, 'a note is never removed');
END;
