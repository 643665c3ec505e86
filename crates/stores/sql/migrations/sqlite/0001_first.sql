-- Times are microseconds since the Unix epoch. Account numbers are stored as integers.
-- Tables without rowid: keys are found by random ids, and a second b-tree from id to rowid would cost both space and
-- a look-up. Every sealed secret has the generation of its root key beside it, indexed for the rotation of root keys.

CREATE TABLE project (
    account INTEGER NOT NULL PRIMARY KEY CHECK (account BETWEEN 0 AND 999999999999),
    name    TEXT    NOT NULL,
    created INTEGER NOT NULL
) STRICT;

-- Key policies, each text once: almost all keys of a project have the same one.
CREATE TABLE policy (
    id   INTEGER NOT NULL PRIMARY KEY,
    text TEXT    NOT NULL UNIQUE
) STRICT;

CREATE TABLE key (
    id              BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    project         INTEGER NOT NULL REFERENCES project (account),
    spec            TEXT    NOT NULL,
    usage           TEXT    NOT NULL,
    origin          TEXT    NOT NULL,
    provider        TEXT    NOT NULL,
    exportable      INTEGER NOT NULL CHECK (exportable IN (0, 1)),
    state           TEXT    NOT NULL,
    description     TEXT    NOT NULL,
    policy          INTEGER NOT NULL REFERENCES policy (id),
    tags            TEXT    CHECK (json_valid(tags)),
    created         INTEGER NOT NULL,
    primary_version INTEGER NOT NULL CHECK (primary_version > 0),
    rotation_period INTEGER CHECK (rotation_period > 0),
    rotation_next   INTEGER,
    deletion_at     INTEGER,
    deletion_window INTEGER CHECK (deletion_window > 0),
    revision        INTEGER NOT NULL CHECK (revision > 0),
    CHECK ((rotation_period IS NULL) = (rotation_next IS NULL)),
    CHECK ((deletion_at IS NULL) = (deletion_window IS NULL)),
    -- Or it would stay pending for ever.
    CHECK (state <> 'pending-deletion' OR deletion_at IS NOT NULL)
) STRICT, WITHOUT ROWID;

-- The id is part of every index of a table without rowid.
CREATE INDEX key_live ON key (project) WHERE state <> 'destroyed';
CREATE INDEX key_destroyed ON key (state) WHERE state = 'destroyed';
-- By time, so that new keys are added at one end and not, by their random ids, all over the index: each page that a
-- commit touches is written twice.
CREATE INDEX key_policy ON key (policy, created);
CREATE INDEX key_deletion_due ON key (deletion_at) WHERE state = 'pending-deletion';
CREATE INDEX key_rotation_due ON key (rotation_next) WHERE state = 'enabled' AND rotation_next IS NOT NULL;

CREATE TABLE version (
    key         BLOB    NOT NULL REFERENCES key (id),
    number      INTEGER NOT NULL CHECK (number > 0),
    state       TEXT    NOT NULL,
    provider    TEXT    NOT NULL,
    generation  INTEGER,
    handle      BLOB,
    public      BLOB,
    created     INTEGER NOT NULL,
    rotated     TEXT,
    valid_to    INTEGER,
    fingerprint BLOB    CHECK (length(fingerprint) = 32),
    PRIMARY KEY (key, number),
    CHECK ((generation IS NULL) = (handle IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX version_generation ON version (generation, created) WHERE generation IS NOT NULL;
CREATE INDEX version_expiry_due ON version (valid_to) WHERE valid_to IS NOT NULL AND handle IS NOT NULL;

CREATE TABLE name (
    project   INTEGER NOT NULL REFERENCES project (account),
    namespace TEXT    NOT NULL,
    value     TEXT    NOT NULL,
    key       BLOB    NOT NULL REFERENCES key (id),
    created   INTEGER NOT NULL,
    updated   INTEGER NOT NULL,
    PRIMARY KEY (project, namespace, value)
) STRICT, WITHOUT ROWID;

CREATE INDEX name_key ON name (key, namespace, value);

CREATE TABLE key_grant (
    id              TEXT    NOT NULL PRIMARY KEY,
    key             BLOB    NOT NULL REFERENCES key (id),
    grantee         TEXT    NOT NULL,
    retiring        TEXT,
    operations      TEXT    NOT NULL,
    constraint_kind TEXT    CHECK (constraint_kind IN ('context-equals', 'context-subset')),
    constraint_json TEXT    CHECK (json_valid(constraint_json)),
    name            TEXT,
    issuer          TEXT    NOT NULL,
    created         INTEGER NOT NULL,
    request         BLOB    NOT NULL CHECK (length(request) = 16),
    CHECK ((constraint_kind IS NULL) = (constraint_json IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX key_grant_key ON key_grant (key);
CREATE INDEX key_grant_retiring ON key_grant (retiring) WHERE retiring IS NOT NULL;

CREATE TABLE import_job (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    key           BLOB    NOT NULL REFERENCES key (id),
    algorithm     TEXT    NOT NULL,
    wrapping_spec TEXT    NOT NULL,
    generation    INTEGER NOT NULL,
    private_key   BLOB    NOT NULL,
    expires       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX import_job_key ON import_job (key);
CREATE INDEX import_job_generation ON import_job (generation);

CREATE TABLE principal (
    id       BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    project  INTEGER NOT NULL REFERENCES project (account),
    name     TEXT    NOT NULL,
    disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    created  INTEGER NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0),
    UNIQUE (project, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE identity_policy (
    principal BLOB    NOT NULL REFERENCES principal (id),
    name      TEXT    NOT NULL,
    document  TEXT    NOT NULL,
    updated   INTEGER NOT NULL,
    PRIMARY KEY (principal, name)
) STRICT, WITHOUT ROWID;

-- A token or public key is accepted once in the life of the installation: one that was revoked may have been stolen.
CREATE TABLE credential (
    id          TEXT    NOT NULL PRIMARY KEY,
    principal   BLOB    NOT NULL REFERENCES principal (id),
    kind        TEXT    NOT NULL,
    generation  INTEGER,
    secret      BLOB,
    token_hash  BLOB    CHECK (length(token_hash) = 32),
    spki_sha256 BLOB    CHECK (length(spki_sha256) = 32),
    created     INTEGER NOT NULL,
    expires     INTEGER,
    revoked     INTEGER,
    CHECK ((generation IS NULL) = (secret IS NULL)),
    CHECK ((secret IS NOT NULL) + (token_hash IS NOT NULL) + (spki_sha256 IS NOT NULL) = 1)
) STRICT, WITHOUT ROWID;

CREATE INDEX credential_principal ON credential (principal);
CREATE INDEX credential_generation ON credential (generation) WHERE generation IS NOT NULL;
CREATE UNIQUE INDEX credential_token ON credential (token_hash) WHERE token_hash IS NOT NULL;
CREATE UNIQUE INDEX credential_spki ON credential (spki_sha256) WHERE spki_sha256 IS NOT NULL;

-- Secrets of the installation itself.
CREATE TABLE secret (
    name       TEXT    NOT NULL PRIMARY KEY,
    generation INTEGER NOT NULL,
    bytes      BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- Calls whose changes are in the store and perhaps not yet in the audit log.
CREATE TABLE outcome (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16)
) STRICT, WITHOUT ROWID;
