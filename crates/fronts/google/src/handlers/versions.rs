use claviger_core::{Error, Reason};
use claviger_keys as keys;
use claviger_types::KeySpec;

use crate::{
    algorithms,
    call::{Answered, Call, Failure},
    checksum::crc32c,
    convert,
    names::VersionPath,
    page::{Asked, Listing},
    wire::kms::{self, crypto_key_version::CryptoKeyVersionState, public_key::PublicKeyFormat},
};

pub(crate) async fn list(
    call: Call,
    request: kms::ListCryptoKeyVersionsRequest,
) -> Answered<kms::ListCryptoKeyVersionsResponse> {
    let path = call.names().key(&request.parent)?;
    let listing = Listing::read(
        Asked {
            parent: &request.parent,
            size: request.page_size,
            token: &request.page_token,
            filter: &request.filter,
            order: &request.order_by,
        },
        "CryptoKeyVersion",
    )?;
    let after: u32 = listing.after()?.unwrap_or(0);
    let described = call.run(keys::DescribeKey { key: path.key_ref() }).await?;
    let record = &described.entry.record;
    let behind = record.versions.iter().filter(|version| version.number.get() > after);
    let versions = behind.map(|version| {
        (version.number.to_string(), convert::crypto_key_version(&record.key, version, &path))
    });
    let mut shown = listing.shown(versions.collect(), false)?;
    if !listing.is_filtered() {
        shown.total = i32::try_from(record.versions.len()).unwrap_or(i32::MAX);
    }
    Ok(kms::ListCryptoKeyVersionsResponse {
        crypto_key_versions: shown.items,
        next_page_token: shown.next,
        total_size: shown.total,
    })
}

pub(crate) async fn get(
    call: Call,
    request: kms::GetCryptoKeyVersionRequest,
) -> Answered<kms::CryptoKeyVersion> {
    let path = call.names().version(&request.name)?;
    let described = call.run(keys::DescribeKey { key: path.key.key_ref() }).await?;
    let found = described.entry.version_or_primary(Some(path.version)).map_err(Failure::Answered)?;
    Ok(convert::crypto_key_version(described.entry.key(), found, &path.key))
}

pub(crate) async fn create(
    call: Call,
    request: kms::CreateCryptoKeyVersionRequest,
) -> Answered<kms::CryptoKeyVersion> {
    let path = call.names().key(&request.parent)?;
    let version = request.crypto_key_version.unwrap_or_default();
    let is_enabled = matches!(
        CryptoKeyVersionState::try_from(version.state),
        Ok(CryptoKeyVersionState::Unspecified | CryptoKeyVersionState::Enabled)
    );
    if !is_enabled || version.external_protection_level_options.is_some() {
        return Err(Error::invalid("A new version is enabled and has no external options.").into());
    }
    convert::protection(version.protection_level)?;
    let made = call.run(keys::CreateKeyVersion { key: path.key_ref() }).await?;
    Ok(convert::crypto_key_version(&made.key, &made.version, &path))
}

pub(crate) async fn update(
    call: Call,
    request: kms::UpdateCryptoKeyVersionRequest,
) -> Answered<kms::CryptoKeyVersion> {
    convert::check_mask(request.update_mask, &["state"])?;
    let version = request.crypto_key_version.unwrap_or_default();
    let path = call.names().version(&version.name)?;
    let enabled = match CryptoKeyVersionState::try_from(version.state) {
        Ok(CryptoKeyVersionState::Enabled) => true,
        Ok(CryptoKeyVersionState::Disabled) => false,
        _ => return Err(Error::invalid("The state can be updated to ENABLED and DISABLED only.").into()),
    };
    let VersionPath { key, version } = path;
    let changed = call.run(keys::SetVersionEnabled { key: key.key_ref(), version, enabled }).await?;
    Ok(convert::crypto_key_version(&changed.key, &changed.version, &key))
}

pub(crate) async fn destroy(
    call: Call,
    request: kms::DestroyCryptoKeyVersionRequest,
) -> Answered<kms::CryptoKeyVersion> {
    let VersionPath { key, version } = call.names().version(&request.name)?;
    let changed = call.run(keys::DestroyVersion { key: key.key_ref(), version, unneeded_in: None }).await?;
    Ok(convert::crypto_key_version(&changed.key, &changed.version, &key))
}

pub(crate) async fn restore(
    call: Call,
    request: kms::RestoreCryptoKeyVersionRequest,
) -> Answered<kms::CryptoKeyVersion> {
    let VersionPath { key, version } = call.names().version(&request.name)?;
    let changed = call.run(keys::RestoreVersion { key: key.key_ref(), version }).await?;
    Ok(convert::crypto_key_version(&changed.key, &changed.version, &key))
}

pub(crate) async fn public_key(call: Call, request: kms::GetPublicKeyRequest) -> Answered<kms::PublicKey> {
    let path = call.names().version(&request.name)?;
    let format = PublicKeyFormat::try_from(request.public_key_format)
        .map_err(|_| Error::invalid("The public_key_format is not one."))?;
    let operation = keys::GetPublicKey { key: path.key.key_ref(), version: Some(path.version) };
    let found = call.run(operation).await.map_err(without_public)?;
    let key = found.entry.key();
    let algorithm = algorithms::name(key.spec, key.usage, found.algorithm);
    let protection = convert::protection_level(found.entry.protection(found.version));
    rendered(&path, key.spec, &found.spki, format, algorithm.into(), protection).map_err(Failure::Answered)
}

/// The wrong purpose, in the words of this API.
fn without_public(failure: Failure) -> Failure {
    match failure {
        Failure::Answered(error) if error.reason() == Reason::Unsupported => Failure::Answered(Error::new(
            Reason::InvalidKeyUsage,
            "The purpose of the key must be ASYMMETRIC_SIGN or ASYMMETRIC_DECRYPT.",
        )),
        other => other,
    }
}

fn rendered(
    path: &VersionPath,
    spec: KeySpec,
    spki: &[u8],
    format: PublicKeyFormat,
    algorithm: i32,
    protection_level: i32,
) -> Result<kms::PublicKey, Error> {
    let raw = convert::raw_ml_dsa(spec, spki);
    let mut answer = kms::PublicKey {
        algorithm,
        name: path.to_string(),
        protection_level,
        public_key_format: format.into(),
        ..kms::PublicKey::default()
    };
    let data = match (format, raw) {
        (PublicKeyFormat::Unspecified, Some(_)) => {
            return Err(Error::invalid(
                "The public_key_format NIST_PQC is required for keys of this algorithm.",
            ));
        }
        (PublicKeyFormat::NistPqc, Some(raw)) => raw.to_vec(),
        (PublicKeyFormat::Unspecified | PublicKeyFormat::Pem, _) => {
            let pem = convert::pem(spki);
            answer.pem_crc32c = crc32c(pem.as_bytes());
            answer.pem = pem.clone();
            answer.public_key_format = PublicKeyFormat::Pem.into();
            pem.into_bytes()
        }
        (PublicKeyFormat::Der, _) => spki.to_vec(),
        (PublicKeyFormat::NistPqc | PublicKeyFormat::XwingRawBytes, _) => {
            return Err(Error::invalid("The public_key_format is none of this key's algorithm."));
        }
    };
    if format != PublicKeyFormat::Unspecified {
        answer.public_key = Some(kms::ChecksummedData { crc32c_checksum: crc32c(&data), data });
    }
    Ok(answer)
}
