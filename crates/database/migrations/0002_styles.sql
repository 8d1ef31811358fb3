-- Styles of speaking that a workspace added or that take the place of built-in ones. Times are milliseconds
-- since 1970.
CREATE TABLE styles (
    workspace TEXT NOT NULL,
    key TEXT NOT NULL,
    -- The style as JSON; none where it was deleted, so that other processes find that too.
    body TEXT,
    version BIGINT NOT NULL,
    -- The number of its last change; see voices_revision.
    revision BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, key)
);
CREATE INDEX styles_changed ON styles (revision);

-- The consent that came with a recording that was added to a voice; none of the first one, whose consent is
-- the voice's.
ALTER TABLE prompts ADD COLUMN consent_id TEXT;
