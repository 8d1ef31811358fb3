-- Speech of engines that was kept, and what it was made with. Times are milliseconds since 1970.
CREATE TABLE takes (
    -- That of its clip.
    id TEXT PRIMARY KEY REFERENCES clips (id) ON DELETE CASCADE,
    workspace TEXT NOT NULL,
    -- As it was sent, and as it was spoken: without marks, numbers in words.
    text TEXT NOT NULL,
    spoken TEXT NOT NULL,
    -- The voice of the engine, as ENGINE/VOICE.
    voice TEXT NOT NULL,
    -- The kept voice that spoke; none where the engine's did.
    voice_id TEXT,
    -- Whether the voice is that of a person, by a recording.
    of_person BOOLEAN NOT NULL,
    language TEXT NOT NULL,
    style TEXT,
    instruct TEXT,
    seed BIGINT,
    -- The key that asked for it; none where no key was needed.
    kept_by TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX takes_workspace ON takes (workspace, id);
CREATE INDEX takes_voice ON takes (voice_id);
