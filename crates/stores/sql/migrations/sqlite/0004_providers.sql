-- Keys in devices: what protects a version, what is written on it there, how many messages it has encrypted; the
-- identities of devices; keys that are being made in one and may be left there by a crash.

ALTER TABLE key ADD COLUMN protection TEXT NOT NULL DEFAULT 'software';

ALTER TABLE version ADD COLUMN protection TEXT NOT NULL DEFAULT 'software';
ALTER TABLE version ADD COLUMN tag BLOB CHECK (length(tag) = 20);
ALTER TABLE version ADD COLUMN messages INTEGER NOT NULL DEFAULT 0 CHECK (messages >= 0);

CREATE INDEX version_messages ON version (messages) WHERE messages > 0;
CREATE INDEX version_tag ON version (provider, tag) WHERE tag IS NOT NULL;

CREATE TABLE provider (
    id      TEXT    NOT NULL PRIMARY KEY,
    name    TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    spec    TEXT    NOT NULL,
    public  BLOB    NOT NULL,
    tag     BLOB    NOT NULL CHECK (length(tag) = 20),
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE key_intent (
    tag      BLOB    NOT NULL PRIMARY KEY CHECK (length(tag) = 20),
    provider TEXT    NOT NULL,
    created  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
