-- Managed objects of KMIP: views of keys, and what is only kept.

CREATE TABLE managed_object (
    id                    BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    project               INTEGER NOT NULL REFERENCES project (account),
    kind                  TEXT    NOT NULL,
    key                   BLOB    REFERENCES key (id),
    state                 TEXT    NOT NULL,
    usage_mask            INTEGER NOT NULL CHECK (usage_mask BETWEEN 0 AND 4294967295),
    sensitive             INTEGER NOT NULL CHECK (sensitive IN (0, 1)),
    extractable           INTEGER NOT NULL CHECK (extractable IN (0, 1)),
    activation            INTEGER,
    deactivation          INTEGER,
    compromise_occurrence INTEGER,
    compromise            INTEGER,
    destroyed             INTEGER,
    revocation_code       INTEGER CHECK (revocation_code BETWEEN 0 AND 4294967295),
    revocation_message    TEXT    CHECK (revocation_message IS NULL OR revocation_code IS NOT NULL),
    replaces              BLOB    CHECK (length(replaces) = 16),
    replaced_by           BLOB    CHECK (length(replaced_by) = 16),
    attributes            BLOB    NOT NULL,
    generation            INTEGER,
    value                 BLOB,
    policy                INTEGER NOT NULL REFERENCES policy (id),
    created               INTEGER NOT NULL,
    changed               INTEGER NOT NULL,
    revision              INTEGER NOT NULL CHECK (revision > 0),
    CHECK ((generation IS NULL) = (value IS NULL)),
    CHECK (key IS NULL OR value IS NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX managed_object_project ON managed_object (project, id);
CREATE INDEX managed_object_activation ON managed_object (activation)
    WHERE state = 'pre-active' AND activation IS NOT NULL;
CREATE INDEX managed_object_deactivation ON managed_object (deactivation)
    WHERE state = 'active' AND deactivation IS NOT NULL;
CREATE INDEX managed_object_policy ON managed_object (policy, created);
CREATE INDEX managed_object_generation ON managed_object (generation) WHERE generation IS NOT NULL;

-- Names and groups, which need not be unique, in the order that they were given.
CREATE TABLE object_label (
    object  BLOB    NOT NULL REFERENCES managed_object (id),
    kind    TEXT    NOT NULL CHECK (kind IN ('name', 'group')),
    number  INTEGER NOT NULL CHECK (number >= 0),
    project INTEGER NOT NULL,
    value   TEXT    NOT NULL,
    PRIMARY KEY (object, kind, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX object_label_value ON object_label (project, kind, value, object);

-- Until now a raw-encrypt version that was for no certain mode was used with GCM; from now on its first use decides.
UPDATE version SET algorithm = 'gcm'
WHERE algorithm IS NULL AND key IN (SELECT id FROM key WHERE usage = 'raw-encrypt');
