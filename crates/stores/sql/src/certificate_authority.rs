use std::sync::Arc;

use claviger_ports::Page;
use claviger_types::{
    AccountId, AuthorityId, AuthorityName, CertificateAuthority, Issuer, IssuerId, KeyId, Revision, Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Params, Row, named_params};

use crate::{column, error::Fault};

const TABLE: &str = "certificate_authority";
const ISSUER: &str = "issuer";
const CHAIN: &str = "chain";
const CROSS: &str = "cross";

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, project, name, crl_number, created, revision FROM certificate_authority ", $rest)
    };
}

/// Writes an authority whose stored revision is that of `authority`, with the next revision; adds those of its issuers
/// that are new, and replaces the certificates beside them.
pub(crate) fn put(connection: &Connection, authority: &CertificateAuthority) -> Result<(), Fault> {
    let sql = if authority.revision == Revision::NEW {
        "INSERT INTO certificate_authority (id, project, name, crl_number, created, revision)
         VALUES (:id, :project, :name, :crl_number, :created, :revision + 1)"
    } else {
        "UPDATE certificate_authority
         SET project = :project, name = :name, crl_number = :crl_number, created = :created, revision = :revision + 1
         WHERE id = :id AND revision = :revision"
    };
    let written = connection
        .prepare_cached(sql)?
        .execute(named_params! {
            ":id": authority.id.as_bytes(),
            ":project": column::account_to_column(authority.project),
            ":name": authority.name.as_str(),
            ":crl_number": column::widened("a CRL number", authority.crl_number)?,
            ":created": authority.created.micros(),
            ":revision": column::widened("a revision", authority.revision.0)?,
        })
        .map_err(|error| Fault::on_taken(error, "the name of the certificate authority is taken"))?;
    if written == 0 {
        return Err(Fault::conflict("the certificate authority was changed by somebody else"));
    }
    for (number, issuer) in (1..).zip(&authority.issuers) {
        put_issuer(connection, authority.id, number, issuer)?;
    }
    Ok(())
}

pub(crate) fn find_named(
    connection: &Connection,
    project: AccountId,
    name: &AuthorityName,
) -> Result<Option<CertificateAuthority>, Fault> {
    let parameters = (column::account_to_column(project), name.as_str());
    find(connection, select!("WHERE project = ?1 AND name = ?2"), parameters)
}

pub(crate) fn find_of(
    connection: &Connection,
    issuer: IssuerId,
) -> Result<Option<CertificateAuthority>, Fault> {
    let sql = select!("WHERE id = (SELECT authority FROM issuer WHERE id = ?1)");
    find(connection, sql, [issuer.as_bytes()])
}

pub(crate) fn list(
    connection: &Connection,
    project: AccountId,
    after: Option<&AuthorityName>,
    limit: usize,
) -> Result<Page<CertificateAuthority>, Fault> {
    let mut statement =
        connection.prepare_cached(select!("WHERE project = ?1 AND name > ?2 ORDER BY name LIMIT ?3"))?;
    // The empty text is before every name.
    let after = after.map_or("", AuthorityName::as_str);
    let rows = statement
        .query_and_then((column::account_to_column(project), after, column::one_more(limit)), |row| {
            whole(connection, AuthorityRow::read(row)?)
        })?;
    Ok(column::page(rows.collect::<Result<_, _>>()?, limit))
}

fn find(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
) -> Result<Option<CertificateAuthority>, Fault> {
    let row = connection.prepare_cached(sql)?.query_row(parameters, AuthorityRow::read).optional()?;
    row.map(|row| whole(connection, row)).transpose()
}

/// An issuer is written once; that of another authority is none of this one's.
fn put_issuer(
    connection: &Connection,
    authority: AuthorityId,
    number: i64,
    issuer: &Issuer,
) -> Result<(), Fault> {
    let known = connection
        .prepare_cached("SELECT authority FROM issuer WHERE id = ?1")?
        .query_row([issuer.id.as_bytes()], |row| row.get(0).map(AuthorityId::from_bytes))
        .optional()?;
    match known {
        None => insert_issuer(connection, authority, number, issuer)?,
        Some(owner) if owner == authority => {}
        Some(_) => return Err(Fault::conflict("the key is that of another certificate authority")),
    }
    connection
        .prepare_cached("DELETE FROM issuer_certificate WHERE issuer = ?1")?
        .execute([issuer.id.as_bytes()])?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO issuer_certificate (issuer, kind, number, certificate) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (kind, certificates) in [(CHAIN, &issuer.chain), (CROSS, &issuer.cross)] {
        for (number, certificate) in (1_i64..).zip(certificates) {
            insert.execute((issuer.id.as_bytes(), kind, number, &**certificate))?;
        }
    }
    Ok(())
}

fn insert_issuer(
    connection: &Connection,
    authority: AuthorityId,
    number: i64,
    issuer: &Issuer,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO issuer
                 (id, authority, number, key, version, algorithm, certificate, not_before, not_after, created)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute((
            issuer.id.as_bytes(),
            authority.as_bytes(),
            number,
            issuer.key.as_bytes(),
            issuer.version.get(),
            issuer.algorithm.name(),
            &*issuer.certificate,
            issuer.not_before.micros(),
            issuer.not_after.micros(),
            issuer.created.micros(),
        ))
        .map_err(|error| Fault::on_taken(error, "the issuer exists already"))?;
    Ok(())
}

fn whole(connection: &Connection, row: AuthorityRow) -> Result<CertificateAuthority, Fault> {
    let issuers = connection
        .prepare_cached(
            "SELECT id, key, version, algorithm, certificate, not_before, not_after, created FROM issuer
             WHERE authority = ?1 ORDER BY number",
        )?
        .query_and_then([row.id], |row| IssuerRow::read(row)?.whole(connection))?
        .collect::<Result<_, Fault>>()?;
    Ok(CertificateAuthority {
        id: AuthorityId::from_bytes(row.id),
        project: column::account(TABLE, row.project)?,
        name: column::parsed(TABLE, "name", &row.name)?,
        issuers,
        crl_number: column::narrowed(TABLE, "CRL number", row.crl_number)?,
        created: Timestamp::from_micros(row.created),
        revision: Revision(column::narrowed(TABLE, "revision", row.revision)?),
    })
}

struct AuthorityRow {
    id: [u8; 16],
    project: i64,
    name: String,
    crl_number: i64,
    created: i64,
    revision: i64,
}

impl AuthorityRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            project: row.get(1)?,
            name: row.get(2)?,
            crl_number: row.get(3)?,
            created: row.get(4)?,
            revision: row.get(5)?,
        })
    }
}

struct IssuerRow {
    id: [u8; 20],
    key: [u8; 16],
    version: i64,
    algorithm: String,
    certificate: Vec<u8>,
    not_before: i64,
    not_after: i64,
    created: i64,
}

impl IssuerRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            key: row.get(1)?,
            version: row.get(2)?,
            algorithm: row.get(3)?,
            certificate: row.get(4)?,
            not_before: row.get(5)?,
            not_after: row.get(6)?,
            created: row.get(7)?,
        })
    }

    fn whole(self, connection: &Connection) -> Result<Issuer, Fault> {
        let id = IssuerId::from_bytes(self.id);
        Ok(Issuer {
            id,
            key: KeyId::from_bytes(self.key),
            version: column::version_number(ISSUER, self.version)?,
            algorithm: column::code(ISSUER, "signing algorithm", &self.algorithm)?,
            certificate: self.certificate.into(),
            chain: beside(connection, id, CHAIN)?,
            cross: beside(connection, id, CROSS)?,
            not_before: Timestamp::from_micros(self.not_before),
            not_after: Timestamp::from_micros(self.not_after),
            created: Timestamp::from_micros(self.created),
        })
    }
}

fn beside(connection: &Connection, issuer: IssuerId, kind: &str) -> Result<Vec<Arc<[u8]>>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT certificate FROM issuer_certificate WHERE issuer = ?1 AND kind = ?2 ORDER BY number",
    )?;
    let rows = statement.query_map((issuer.as_bytes(), kind), |row| row.get::<_, Vec<u8>>(0))?;
    Ok(rows.map(|der| der.map(Arc::from)).collect::<Result<_, _>>()?)
}
