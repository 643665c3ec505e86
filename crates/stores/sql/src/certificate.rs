use claviger_ports::{Page, StoreError};
use claviger_types::{AuthorityId, Certificate, CertificateSerial, IssuerId, KeyId, Revocation, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{
    code::Code,
    column,
    error::{Fault, inconsistent},
    revocation_list,
};

const TABLE: &str = "certificate";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT authority, serial, issuer, profile, subject, key, der, not_before, not_after, revoked, reason ",
            "FROM certificate ",
            $rest
        )
    };
}

pub(crate) fn insert(connection: &Connection, certificate: &Certificate) -> Result<(), Fault> {
    let (revoked, reason) =
        certificate.revocation.map(|revocation| (revocation.at.micros(), revocation.reason.code())).unzip();
    connection
        .prepare_cached(
            "INSERT INTO certificate
                 (authority, serial, issuer, profile, subject, key, der, not_before, not_after, revoked, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute((
            certificate.authority.as_bytes(),
            certificate.serial.as_bytes(),
            certificate.issuer.as_bytes(),
            certificate.profile.code(),
            &*certificate.subject,
            certificate.key.as_ref().map(KeyId::as_bytes),
            &*certificate.der,
            certificate.not_before.micros(),
            certificate.not_after.micros(),
            revoked,
            reason,
        ))
        .map_err(|error| Fault::on_taken(error, "the serial number is taken"))?;
    Ok(())
}

pub(crate) fn revoke(
    connection: &Connection,
    authority: AuthorityId,
    serial: &CertificateSerial,
    revocation: Revocation,
) -> Result<(), Fault> {
    let revoked = connection
        .prepare_cached(
            "UPDATE certificate SET revoked = ?3, reason = ?4
             WHERE authority = ?1 AND serial = ?2 AND revoked IS NULL",
        )?
        .execute((
            authority.as_bytes(),
            serial.as_bytes(),
            revocation.at.micros(),
            revocation.reason.code(),
        ))?;
    if revoked == 0 {
        return Err(Fault::conflict("there is no such certificate, or it is revoked"));
    }
    revocation_list::hasten(connection, authority, revocation.at)
}

pub(crate) fn find(
    connection: &Connection,
    authority: AuthorityId,
    serial: &CertificateSerial,
) -> Result<Option<Certificate>, Fault> {
    connection
        .prepare_cached(select!("WHERE authority = ?1 AND serial = ?2"))?
        .query_row((authority.as_bytes(), serial.as_bytes()), CertificateRow::read)
        .optional()?
        .map(|row| Certificate::try_from(row).map_err(Fault::from))
        .transpose()
}

pub(crate) fn list(
    connection: &Connection,
    authority: AuthorityId,
    after: Option<&CertificateSerial>,
    limit: usize,
) -> Result<Page<Certificate>, Fault> {
    let mut statement = connection
        .prepare_cached(select!("WHERE authority = ?1 AND serial > ?2 ORDER BY serial LIMIT ?3"))?;
    // No bytes are before every serial number.
    let after = after.map_or(&[][..], CertificateSerial::as_bytes);
    let rows = statement.query_and_then(
        (authority.as_bytes(), after, column::one_more(limit)),
        |row| -> Result<Certificate, Fault> { Ok(CertificateRow::read(row)?.try_into()?) },
    )?;
    Ok(column::page(rows.collect::<Result<_, _>>()?, limit))
}

pub(crate) fn revocations(
    connection: &Connection,
    authority: AuthorityId,
    after: Timestamp,
) -> Result<Vec<(CertificateSerial, Revocation)>, Fault> {
    connection
        .prepare_cached(
            "SELECT serial, revoked, reason FROM certificate
             WHERE authority = ?1 AND not_after > ?2 AND revoked IS NOT NULL ORDER BY serial",
        )?
        .query_and_then((authority.as_bytes(), after.micros()), |row| {
            let revocation = revocation(row.get(1)?, row.get(2)?)?
                .ok_or_else(|| inconsistent(TABLE, "a revocation that is none"))?;
            Ok((serial(row.get(0)?)?, revocation))
        })?
        .collect()
}

fn serial(bytes: Vec<u8>) -> Result<CertificateSerial, StoreError> {
    CertificateSerial::from_be_bytes(&bytes)
        .filter(|serial| serial.as_bytes() == bytes)
        .ok_or_else(|| inconsistent(TABLE, "an invalid serial number"))
}

fn revocation(at: Option<i64>, reason: Option<String>) -> Result<Option<Revocation>, StoreError> {
    match (at, reason) {
        (None, None) => Ok(None),
        (Some(at), Some(reason)) => Ok(Some(Revocation {
            at: Timestamp::from_micros(at),
            reason: column::code(TABLE, "reason of revocation", &reason)?,
        })),
        _ => Err(inconsistent(TABLE, "half of a revocation")),
    }
}

struct CertificateRow {
    authority: [u8; 16],
    serial: Vec<u8>,
    issuer: [u8; 20],
    profile: String,
    subject: String,
    key: Option<[u8; 16]>,
    der: Vec<u8>,
    not_before: i64,
    not_after: i64,
    revoked: Option<i64>,
    reason: Option<String>,
}

impl CertificateRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            authority: row.get(0)?,
            serial: row.get(1)?,
            issuer: row.get(2)?,
            profile: row.get(3)?,
            subject: row.get(4)?,
            key: row.get(5)?,
            der: row.get(6)?,
            not_before: row.get(7)?,
            not_after: row.get(8)?,
            revoked: row.get(9)?,
            reason: row.get(10)?,
        })
    }
}

impl TryFrom<CertificateRow> for Certificate {
    type Error = StoreError;

    fn try_from(row: CertificateRow) -> Result<Self, StoreError> {
        Ok(Self {
            authority: AuthorityId::from_bytes(row.authority),
            issuer: IssuerId::from_bytes(row.issuer),
            serial: serial(row.serial)?,
            profile: column::code(TABLE, "profile", &row.profile)?,
            subject: row.subject.into(),
            key: row.key.map(KeyId::from_bytes),
            der: row.der.into(),
            not_before: Timestamp::from_micros(row.not_before),
            not_after: Timestamp::from_micros(row.not_after),
            revocation: revocation(row.revoked, row.reason)?,
        })
    }
}
