-- Tasks, notes, and what this service knows of an engagement.

CREATE TABLE files (
    id uuid CONSTRAINT "files.id" PRIMARY KEY,
    version bigint NOT NULL,
    state jsonb NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    -- 1 until the engagement is cancelled.
    open bigint NOT NULL
);

CREATE TABLE tasks (
    id uuid CONSTRAINT "tasks.id" PRIMARY KEY,
    version bigint NOT NULL,
    state jsonb NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    engagement text NOT NULL,
    status text NOT NULL,
    assignee text NOT NULL,
    template text
);
CREATE INDEX tasks_newest ON tasks (create_time, id);
CREATE INDEX tasks_engagement ON tasks (engagement, create_time, id);
CREATE INDEX tasks_engagement_status ON tasks (engagement, status, create_time, id);
CREATE INDEX tasks_status ON tasks (status, create_time, id);
CREATE INDEX tasks_assignee ON tasks (assignee, create_time, id);
CREATE INDEX tasks_assignee_status ON tasks (assignee, status, create_time, id);
CREATE INDEX tasks_template ON tasks (template, create_time, id);

-- Completed tasks are never altered or removed (I-19).
CREATE TRIGGER completed_tasks_stay BEFORE UPDATE ON tasks FOR EACH ROW WHEN (old.status = 'COMPLETED')
    EXECUTE FUNCTION refuse('a completed task is never altered');
CREATE TRIGGER tasks_are_kept BEFORE DELETE OR TRUNCATE ON tasks
    EXECUTE FUNCTION refuse('a task is never removed');

CREATE TABLE notes (
    id uuid CONSTRAINT "notes.id" PRIMARY KEY,
    version bigint NOT NULL,
    state jsonb NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    engagement text NOT NULL,
    kind text NOT NULL,
    author text NOT NULL
);
CREATE INDEX notes_newest ON notes (create_time, id);
CREATE INDEX notes_engagement ON notes (engagement, create_time, id);
CREATE INDEX notes_engagement_kind ON notes (engagement, kind, create_time, id);
CREATE INDEX notes_kind ON notes (kind, create_time, id);
CREATE INDEX notes_author ON notes (author, create_time, id);

-- Written notes are never altered or removed (I-19).
CREATE TRIGGER written_notes_stay BEFORE UPDATE ON notes FOR EACH ROW
    EXECUTE FUNCTION refuse('a written note is never altered');
CREATE TRIGGER notes_are_kept BEFORE DELETE OR TRUNCATE ON notes
    EXECUTE FUNCTION refuse('a note is never removed');
