-- Voices that are kept, and what they are made of. Times are milliseconds since 1970.

-- The number of the last change of a voice. Each change takes the next one, in its transaction, so that
-- other processes find the voices that changed since they looked.
CREATE TABLE voices_revision (
    only_row BIGINT PRIMARY KEY CHECK (only_row = 1),
    revision BIGINT NOT NULL,
    -- Names the objects of this library in a store; made when it is first opened.
    library_id TEXT
);
INSERT INTO voices_revision (only_row, revision) VALUES (1, 0);

-- A person's agreement that their voice is used.
CREATE TABLE consents (
    id TEXT PRIMARY KEY,
    -- A voice has one that holds, and keeps those before it until it is erased.
    voice_id TEXT NOT NULL,
    workspace TEXT NOT NULL,
    speaker TEXT NOT NULL,
    statement TEXT NOT NULL,
    basis TEXT NOT NULL CHECK (basis IN ('self', 'permission', 'public_domain')),
    -- The key that brought it; none where no key was needed.
    given_by TEXT,
    given_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE INDEX consents_voice ON consents (voice_id);

CREATE TABLE voices (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The name as it is compared: NFC, case-folded.
    name_key TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('recording', 'description', 'speaker')),
    -- The preset of an engine, where that is its origin.
    speaker TEXT,
    description TEXT NOT NULL,
    -- JSON lists.
    languages TEXT NOT NULL,
    tags TEXT NOT NULL,
    speed DOUBLE PRECISION NOT NULL,
    is_public BOOLEAN NOT NULL,
    consent_id TEXT REFERENCES consents (id),
    version BIGINT NOT NULL,
    -- The number of its last change; see voices_revision.
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE UNIQUE INDEX voices_name ON voices (workspace, name_key) WHERE deleted_at IS NULL;
CREATE INDEX voices_changed ON voices (revision);

-- A recording, or a take that was kept: mono FLAC at 24 kHz.
CREATE TABLE clips (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    samples BIGINT NOT NULL,
    -- The quality report, as JSON.
    quality TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX clips_sha256 ON clips (sha256);

-- What a voice is spoken from.
CREATE TABLE prompts (
    id TEXT PRIMARY KEY,
    voice_id TEXT NOT NULL REFERENCES voices (id) ON DELETE CASCADE,
    -- The key of its style; none where it is neutral.
    style TEXT,
    tags TEXT NOT NULL,
    transcript TEXT,
    x_vector_only BOOLEAN NOT NULL,
    language TEXT,
    source TEXT NOT NULL CHECK (source IN ('recorded', 'generated')),
    instruct TEXT,
    seed BIGINT,
    clip_id TEXT NOT NULL REFERENCES clips (id),
    -- Whether the voice is spoken from it where no style is asked for.
    is_anchor BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX prompts_voice ON prompts (voice_id);
CREATE UNIQUE INDEX prompts_anchor ON prompts (voice_id) WHERE is_anchor;

-- What an engine made of a clip: a blob for each checkpoint and way of cloning.
CREATE TABLE tensors (
    clip_sha256 TEXT NOT NULL,
    -- The digest of the transcript; empty where only the x-vector is taken.
    transcript_sha256 TEXT NOT NULL,
    checkpoint TEXT NOT NULL,
    blob TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (clip_sha256, transcript_sha256, checkpoint)
);

-- Creation, uses by day, exports and revocation of each voice.
CREATE TABLE voice_audit (
    voice_id TEXT NOT NULL,
    event TEXT NOT NULL,
    day BIGINT NOT NULL,
    -- Empty where no key was needed.
    key_id TEXT NOT NULL,
    count BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (voice_id, event, day, key_id)
);
