use claviger_core::{Error, Reason, Result};
use claviger_keys as keys;
use claviger_types::{ImportJob, ImportJobOwner, ProtectionLevel, Timestamp};

use crate::{
    algorithms,
    call::{Answered, Call},
    convert,
    names::{JobPath, RingPath, new_id},
    page::{Asked, Listing},
    wire::kms::{
        self,
        import_crypto_key_version_request::WrappedKeyMaterial,
        import_job::{ImportJobState, ImportMethod, WrappingPublicKey},
        public_key::PublicKeyFormat,
    },
};

pub(crate) async fn list(
    call: Call,
    request: kms::ListImportJobsRequest,
) -> Answered<kms::ListImportJobsResponse> {
    let path = call.names().ring(&request.parent)?;
    let ring = path.own(call.account())?;
    let listing = Listing::read(
        Asked {
            parent: &request.parent,
            size: request.page_size,
            token: &request.page_token,
            filter: &request.filter,
            order: &request.order_by,
        },
        "ImportJob",
    )?;
    let (after, now) = (listing.after()?, call.service.clock().now());
    let found = call.run(keys::ListImportJobs { ring, after, limit: listing.limit() }).await?;
    let jobs = found.items.iter().filter_map(|job| {
        let path = named(&path, job)?;
        Some((path.job.to_string(), rendered(&path, job, now, PublicKeyFormat::Unspecified)))
    });
    let shown = listing.shown(jobs.collect(), found.more)?;
    Ok(kms::ListImportJobsResponse {
        import_jobs: shown.items,
        next_page_token: shown.next,
        total_size: shown.total,
    })
}

/// A job of a ring; those of single keys have no name.
fn named(ring: &RingPath, job: &ImportJob) -> Option<JobPath> {
    match &job.owner {
        ImportJobOwner::Ring { name, .. } => Some(JobPath { ring: ring.clone(), job: name.clone() }),
        ImportJobOwner::Key(_) => None,
    }
}

pub(crate) async fn get(call: Call, request: kms::GetImportJobRequest) -> Answered<kms::ImportJob> {
    let path = call.names().job(&request.name)?;
    let format = match PublicKeyFormat::try_from(request.public_key_format) {
        Ok(format @ (PublicKeyFormat::Unspecified | PublicKeyFormat::Pem | PublicKeyFormat::Der)) => format,
        _ => return Err(Error::invalid("The public_key_format is none of an RSA wrapping key.").into()),
    };
    let now = call.service.clock().now();
    let ring = path.ring.own(call.account())?;
    let job = call.run(keys::GetImportJob { ring, name: path.job.clone() }).await?;
    Ok(rendered(&path, &job, now, format))
}

pub(crate) async fn create(call: Call, request: kms::CreateImportJobRequest) -> Answered<kms::ImportJob> {
    let ring = call.names().ring(&request.parent)?;
    let path = JobPath { ring, job: new_id(&request.import_job_id, "import_job_id")? };
    let job = request.import_job.unwrap_or_default();
    if convert::protection(job.protection_level)? == Some(ProtectionLevel::Hsm) {
        let text =
            "Material is unwrapped by the service itself: import jobs have the protection level SOFTWARE.";
        return Err(Error::invalid(text).into());
    }
    let (algorithm, wrapping_spec) = wrapping(job.import_method)?;
    let now = call.service.clock().now();
    let ring = path.ring.own(call.account())?;
    let name = path.job.clone();
    let made = call.run(keys::CreateImportJob { ring, name, algorithm, wrapping_spec }).await?;
    Ok(rendered(&path, &made, now, PublicKeyFormat::Unspecified))
}

fn wrapping(method: i32) -> Result<(claviger_types::WrappingAlgorithm, claviger_types::WrappingKeySpec)> {
    match ImportMethod::try_from(method) {
        Ok(ImportMethod::Unspecified) => Err(Error::invalid("The import_method is required.")),
        Ok(method) => algorithms::wrapping(method).ok_or_else(|| {
            let text = format!("The import method {} is not supported.", method.as_str_name());
            Error::new(Reason::Unsupported, text)
        }),
        Err(_) => Err(Error::invalid("The import_method is not one.")),
    }
}

fn rendered(path: &JobPath, job: &ImportJob, now: Timestamp, format: PublicKeyFormat) -> kms::ImportJob {
    let is_active = job.private_key.is_some() && job.expires > now;
    let state = if is_active { ImportJobState::Active } else { ImportJobState::Expired };
    let public_key = match format {
        PublicKeyFormat::Der => WrappingPublicKey { pem: String::new(), data: job.public_key.to_vec() },
        PublicKeyFormat::Pem => {
            let pem = convert::pem(&job.public_key);
            WrappingPublicKey { data: pem.clone().into_bytes(), pem }
        }
        _ => WrappingPublicKey { pem: convert::pem(&job.public_key), data: Vec::new() },
    };
    kms::ImportJob {
        name: path.to_string(),
        import_method: algorithms::import_method(job.algorithm, job.wrapping_spec).into(),
        protection_level: convert::SOFTWARE,
        create_time: Some(convert::timestamp(job.created)),
        generate_time: Some(convert::timestamp(job.created)),
        expire_time: Some(convert::timestamp(job.expires)),
        expire_event_time: (!is_active).then(|| convert::timestamp(job.expires)),
        state: state.into(),
        public_key: is_active.then_some(public_key),
        public_key_format: format.into(),
        ..kms::ImportJob::default()
    }
}

pub(crate) async fn import(
    call: Call,
    request: kms::ImportCryptoKeyVersionRequest,
) -> Answered<kms::CryptoKeyVersion> {
    let path = call.names().key(&request.parent)?;
    let job = call.names().job(&request.import_job)?;
    if job.ring != path.ring {
        return Err(Error::invalid("The import_job must be of the key's own ring.").into());
    }
    let version = match request.crypto_key_version.as_str() {
        "" => None,
        name => {
            let again = call.names().version(name)?;
            if again.key != path {
                return Err(Error::invalid("The crypto_key_version must be one of the parent's.").into());
            }
            Some(again.version)
        }
    };
    let wrapped = match (request.wrapped_key, request.wrapped_key_material) {
        (wrapped, None) if !wrapped.is_empty() => wrapped,
        (empty, Some(WrappedKeyMaterial::RsaAesWrappedKey(wrapped))) if empty.is_empty() => wrapped,
        _ => {
            return Err(
                Error::invalid("Exactly one of wrapped_key and rsa_aes_wrapped_key must be there.").into()
            );
        }
    };
    let meaning = convert::algorithm_meaning(request.algorithm)?;
    let operation = keys::ImportKeyVersion {
        key: path.key_ref(),
        version,
        job: job.job,
        spec: meaning.spec,
        algorithm: meaning.algorithm,
        wrapped,
    };
    let imported = call.run(operation).await?;
    Ok(convert::crypto_key_version(&imported.key, &imported.version, &path))
}
