-- Key rings, the versions of a key as things of their own, and import jobs of a ring.

-- The ring `default`, which every project has, has a record only once there is something to remember of it.
CREATE TABLE key_ring (
    project       INTEGER NOT NULL REFERENCES project (account),
    name          TEXT    NOT NULL,
    policy        TEXT,
    policy_source TEXT,
    created       INTEGER NOT NULL,
    revision      INTEGER NOT NULL CHECK (revision > 0),
    PRIMARY KEY (project, name),
    CHECK ((policy IS NULL) = (policy_source IS NULL))
) STRICT, WITHOUT ROWID;

ALTER TABLE key ADD COLUMN ring TEXT NOT NULL DEFAULT 'default';
ALTER TABLE key ADD COLUMN name TEXT CHECK (name IS NOT NULL OR ring = 'default');
ALTER TABLE key ADD COLUMN policy_source TEXT;
ALTER TABLE key ADD COLUMN algorithm TEXT;
ALTER TABLE key ADD COLUMN destroy_after INTEGER NOT NULL DEFAULT 2592000 CHECK (destroy_after > 0);
ALTER TABLE key ADD COLUMN import_only INTEGER NOT NULL DEFAULT 0 CHECK (import_only IN (0, 1));

-- In seconds from now on.
UPDATE key SET rotation_period = rotation_period * 86400 WHERE rotation_period IS NOT NULL;

-- Also those that are destroyed: a name is never given to another key.
CREATE UNIQUE INDEX key_ring_name ON key (project, ring, name) WHERE name IS NOT NULL;

ALTER TABLE version ADD COLUMN algorithm TEXT;
ALTER TABLE version ADD COLUMN destroy_at INTEGER;
ALTER TABLE version ADD COLUMN destroyed INTEGER;
ALTER TABLE version ADD COLUMN import_job TEXT;
ALTER TABLE version ADD COLUMN imported INTEGER CHECK ((imported IS NULL) = (import_job IS NULL));

CREATE INDEX version_destruction_due ON version (destroy_at) WHERE destroy_at IS NOT NULL;

-- The public key of a service account, of which spki_sha256 has the hash.
ALTER TABLE credential ADD COLUMN public BLOB;

-- Prepared imports last a day: those of the old form are not kept.
DROP TABLE import_job;

CREATE TABLE import_job (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    key           BLOB    REFERENCES key (id),
    project       INTEGER REFERENCES project (account),
    ring          TEXT,
    name          TEXT,
    algorithm     TEXT    NOT NULL,
    wrapping_spec TEXT    NOT NULL,
    public_key    BLOB    NOT NULL,
    generation    INTEGER,
    private_key   BLOB,
    created       INTEGER NOT NULL,
    expires       INTEGER NOT NULL,
    CHECK ((generation IS NULL) = (private_key IS NULL)),
    CHECK ((key IS NULL) = (project IS NOT NULL AND ring IS NOT NULL AND name IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX import_job_key ON import_job (key) WHERE key IS NOT NULL;
CREATE UNIQUE INDEX import_job_ring ON import_job (project, ring, name) WHERE ring IS NOT NULL;
CREATE INDEX import_job_generation ON import_job (generation) WHERE generation IS NOT NULL;
CREATE INDEX import_job_due ON import_job (expires) WHERE private_key IS NOT NULL;
