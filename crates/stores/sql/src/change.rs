use claviger_ports::{Batch, Change};
use rusqlite::Connection;

use crate::{
    certificate, certificate_authority, credential, error::Fault, grant, import_job, key, name, object,
    outcome, principal, project, provider, revocation_list, ring, sealed, version,
};

/// What a change leaves behind in the files of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Residue {
    /// Nothing that matters.
    None,
    /// Older bytes of a secret that was removed or replaced.
    Secrets,
}

/// Makes every change of a batch in the transaction that is open. After an error the caller rolls back.
pub(crate) fn apply(connection: &Connection, batch: &Batch) -> Result<Residue, Fault> {
    let mut residue = Residue::None;
    for change in &batch.changes {
        if apply_one(connection, change)? == Residue::Secrets {
            residue = Residue::Secrets;
        }
    }
    // Remembering what is no call would never end.
    if !batch.changes.iter().all(Change::is_bookkeeping) {
        outcome::remember(connection, batch.outcome)?;
    }
    Ok(residue)
}

fn apply_one(connection: &Connection, change: &Change) -> Result<Residue, Fault> {
    match change {
        Change::PutVersion(version) => return version::put(connection, version),
        Change::ExpireImportJob(id) => return import_job::expire(connection, *id),
        Change::DeleteImportJobs(key) => return import_job::delete_of_key(connection, *key),
        Change::PutSecret(name, secret) => return sealed::put_secret(connection, name, secret),
        Change::PutObject(object) => return object::put(connection, object),
        Change::Reseal { place, from, to } => return sealed::reseal(connection, place, from, to),
        Change::InsertSecret(name, secret) => sealed::insert_secret(connection, name, secret)?,
        Change::InsertProject(project) => project::insert(connection, project)?,
        Change::PutKeyRing(ring) => ring::put(connection, ring)?,
        Change::PutKey(key) => key::put(connection, key)?,
        Change::InsertName { project, name, key, created } => {
            name::insert(connection, *project, name, *key, *created)?;
        }
        Change::MoveName { project, name, key, updated } => {
            name::point_to(connection, *project, name, *key, *updated)?;
        }
        Change::DeleteName { project, name } => name::delete(connection, *project, name)?,
        Change::InsertGrant(grant) => grant::insert(connection, grant)?,
        Change::DeleteGrant(key, id) => grant::delete(connection, *key, id)?,
        Change::InsertImportJob(job) => import_job::insert(connection, job)?,
        Change::PutPrincipal(principal) => principal::put(connection, principal)?,
        Change::PutIdentityPolicy(policy) => principal::put_policy(connection, policy)?,
        Change::DeleteIdentityPolicy(principal, name) => {
            principal::delete_policy(connection, *principal, name)?;
        }
        Change::InsertCredential(credential) => credential::insert(connection, credential)?,
        Change::RevokeCredential(id, at) => credential::revoke(connection, id, *at)?,
        Change::PutCertificateAuthority(authority) => certificate_authority::put(connection, authority)?,
        Change::InsertCertificate(certificate) => certificate::insert(connection, certificate)?,
        Change::RevokeCertificate(authority, serial, revocation) => {
            certificate::revoke(connection, *authority, serial, *revocation)?;
        }
        Change::PutRevocationList(list) => revocation_list::put(connection, list)?,
        Change::PutProvider(provider) => provider::put(connection, provider)?,
        Change::IntendKey(intent) => provider::intend(connection, intent)?,
        Change::ArriveKey(intent) => provider::arrive(connection, intent)?,
        Change::SettleKey(tag) => provider::settle(connection, tag)?,
        Change::ReserveMessages { key, version: number, from, to } => {
            version::reserve_messages(connection, *key, *number, *from, *to)?;
        }
        Change::RestrictVersion(key, number, algorithm) => {
            version::restrict(connection, *key, *number, *algorithm)?;
        }
        Change::ChangedElsewhere => {}
        Change::ForgetOutcomes(ids) => outcome::forget(connection, ids)?,
    }
    Ok(Residue::None)
}
