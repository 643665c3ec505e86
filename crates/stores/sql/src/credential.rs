use claviger_ports::StoreError;
use claviger_types::{Credential, CredentialId, CredentialKind, PrincipalId, Sealed, Timestamp, TokenHash};
use rusqlite::{Connection, OptionalExtension, Params, Row, named_params};

use crate::{
    column,
    error::{Fault, inconsistent},
};

const TABLE: &str = "credential";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, principal, kind, generation, secret, token_hash, spki_sha256, created, expires, revoked, public ",
            "FROM credential ",
            $rest
        )
    };
}

pub(crate) fn insert(connection: &Connection, credential: &Credential) -> Result<(), Fault> {
    let (secret, token_hash, spki_sha256): (Option<&Sealed>, _, _) = match &credential.kind {
        CredentialKind::AccessKey { secret } | CredentialKind::SharedKey { secret } => {
            (Some(secret), None, None)
        }
        CredentialKind::BearerToken { hash } => (None, Some(hash.0), None),
        CredentialKind::ClientCertificate { spki_sha256 } => (None, None, Some(*spki_sha256)),
        CredentialKind::ServiceAccountKey { spki_sha256, .. } => (None, None, Some(*spki_sha256)),
    };
    let public = match &credential.kind {
        CredentialKind::ServiceAccountKey { public, .. } => Some(&**public),
        _ => None,
    };
    connection
        .prepare_cached(
            "INSERT INTO credential (id, principal, kind, generation, secret, token_hash, spki_sha256, created, expires,
                 revoked, public)
             VALUES (:id, :principal, :kind, :generation, :secret, :token_hash, :spki_sha256, :created, :expires,
                 :revoked, :public)",
        )?
        .execute(named_params! {
            ":id": credential.id.as_str(),
            ":principal": credential.principal.as_bytes(),
            ":kind": credential.kind.name(),
            ":generation": secret.map(|secret| secret.generation.0),
            ":secret": secret.map(|secret| &*secret.bytes),
            ":token_hash": token_hash,
            ":spki_sha256": spki_sha256,
            ":created": credential.created.micros(),
            ":expires": credential.expires.map(Timestamp::micros),
            ":revoked": credential.revoked.map(Timestamp::micros),
            ":public": public,
        })
        .map_err(|error| Fault::on_taken(error, "the credential is taken"))?;
    Ok(())
}

/// The secret stays until the record goes: a credential that was revoked is refused by its record.
pub(crate) fn revoke(connection: &Connection, id: &CredentialId, at: Timestamp) -> Result<(), Fault> {
    let revoked = connection
        .prepare_cached("UPDATE credential SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL")?
        .execute((id.as_str(), at.micros()))?;
    if revoked == 0 { Err(Fault::conflict("there is no such credential, or it is revoked")) } else { Ok(()) }
}

pub(crate) fn find(connection: &Connection, id: &CredentialId) -> Result<Option<Credential>, Fault> {
    find_by(connection, select!("WHERE id = ?1"), [id.as_str()])
}

pub(crate) fn find_by_token(connection: &Connection, hash: TokenHash) -> Result<Option<Credential>, Fault> {
    find_by(connection, select!("WHERE token_hash = ?1"), [hash.0])
}

pub(crate) fn find_by_spki(
    connection: &Connection,
    spki_sha256: [u8; 32],
) -> Result<Option<Credential>, Fault> {
    find_by(connection, select!("WHERE spki_sha256 = ?1"), [spki_sha256])
}

pub(crate) fn of_principal(
    connection: &Connection,
    principal: PrincipalId,
) -> Result<Vec<Credential>, Fault> {
    connection
        .prepare_cached(select!("WHERE principal = ?1 ORDER BY id"))?
        .query_and_then([principal.as_bytes()], |row| Ok(CredentialRow::read(row)?.try_into()?))?
        .collect()
}

fn find_by(connection: &Connection, sql: &str, params: impl Params) -> Result<Option<Credential>, Fault> {
    connection
        .prepare_cached(sql)?
        .query_row(params, CredentialRow::read)
        .optional()?
        .map(|row| Credential::try_from(row).map_err(Fault::from))
        .transpose()
}

struct CredentialRow {
    id: String,
    principal: [u8; 16],
    kind: String,
    generation: Option<i64>,
    secret: Option<Vec<u8>>,
    token_hash: Option<[u8; 32]>,
    spki_sha256: Option<[u8; 32]>,
    created: i64,
    expires: Option<i64>,
    revoked: Option<i64>,
    public: Option<Vec<u8>>,
}

impl CredentialRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            principal: row.get(1)?,
            kind: row.get(2)?,
            generation: row.get(3)?,
            secret: row.get(4)?,
            token_hash: row.get(5)?,
            spki_sha256: row.get(6)?,
            created: row.get(7)?,
            expires: row.get(8)?,
            revoked: row.get(9)?,
            public: row.get(10)?,
        })
    }
}

impl TryFrom<CredentialRow> for Credential {
    type Error = StoreError;

    fn try_from(row: CredentialRow) -> Result<Self, StoreError> {
        let secret = column::sealed_if_any(TABLE, row.generation, row.secret)?;
        let kind = match (row.kind.as_str(), secret, row.token_hash, row.spki_sha256, row.public) {
            ("access-key", Some(secret), None, None, None) => CredentialKind::AccessKey { secret },
            ("shared-key", Some(secret), None, None, None) => CredentialKind::SharedKey { secret },
            ("bearer-token", None, Some(hash), None, None) => {
                CredentialKind::BearerToken { hash: TokenHash(hash) }
            }
            ("client-certificate", None, None, Some(spki_sha256), None) => {
                CredentialKind::ClientCertificate { spki_sha256 }
            }
            ("service-account-key", None, None, Some(spki_sha256), Some(public)) => {
                CredentialKind::ServiceAccountKey { public: public.into(), spki_sha256 }
            }
            _ => return Err(inconsistent(TABLE, "a kind that does not fit its columns")),
        };
        Ok(Self {
            id: column::parsed(TABLE, "credential id", &row.id)?,
            principal: PrincipalId::from_bytes(row.principal),
            kind,
            created: Timestamp::from_micros(row.created),
            expires: row.expires.map(Timestamp::from_micros),
            revoked: row.revoked.map(Timestamp::from_micros),
        })
    }
}
