-- Certificate authorities, their keys with the certificates about them, what they issued, and their revocation lists.
-- Serial numbers are positive and stored without leading zeros.

CREATE TABLE certificate_authority (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    project    INTEGER NOT NULL REFERENCES project (account),
    name       TEXT    NOT NULL,
    crl_number INTEGER NOT NULL CHECK (crl_number >= 0),
    created    INTEGER NOT NULL,
    revision   INTEGER NOT NULL CHECK (revision > 0),
    UNIQUE (project, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE issuer (
    id          BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 20),
    authority   BLOB    NOT NULL REFERENCES certificate_authority (id),
    number      INTEGER NOT NULL CHECK (number > 0),
    key         BLOB    NOT NULL REFERENCES key (id),
    version     INTEGER NOT NULL CHECK (version > 0),
    algorithm   TEXT    NOT NULL,
    certificate BLOB    NOT NULL,
    not_before  INTEGER NOT NULL,
    not_after   INTEGER NOT NULL,
    created     INTEGER NOT NULL,
    UNIQUE (authority, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX issuer_expiry ON issuer (not_after);

-- Certificates above that of an issuer, and those by which it and its predecessor vouch for each other.
CREATE TABLE issuer_certificate (
    issuer      BLOB    NOT NULL REFERENCES issuer (id),
    kind        TEXT    NOT NULL CHECK (kind IN ('chain', 'cross')),
    number      INTEGER NOT NULL CHECK (number > 0),
    certificate BLOB    NOT NULL,
    PRIMARY KEY (issuer, kind, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE certificate (
    authority  BLOB    NOT NULL REFERENCES certificate_authority (id),
    serial     BLOB    NOT NULL CHECK (length(serial) BETWEEN 1 AND 20),
    issuer     BLOB    NOT NULL REFERENCES issuer (id),
    profile    TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    key        BLOB    CHECK (length(key) = 16),
    der        BLOB    NOT NULL,
    not_before INTEGER NOT NULL,
    not_after  INTEGER NOT NULL,
    revoked    INTEGER,
    reason     TEXT,
    PRIMARY KEY (authority, serial),
    CHECK ((revoked IS NULL) = (reason IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX certificate_revoked ON certificate (authority, not_after) WHERE revoked IS NOT NULL;

CREATE TABLE revocation_list (
    issuer      BLOB    NOT NULL PRIMARY KEY REFERENCES issuer (id),
    number      INTEGER NOT NULL CHECK (number > 0),
    this_update INTEGER NOT NULL,
    next_update INTEGER NOT NULL,
    refresh     INTEGER NOT NULL,
    der         BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
