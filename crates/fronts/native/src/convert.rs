//! Between the wire types and those of the domain, both ways. Pure: what is refused is refused before anything is done.

use std::collections::BTreeMap;

use claviger_api as api;
use claviger_core::{EncryptionContext, Error, Result, VersionDetail};
use claviger_keys::envelope::AdditionalData;
use claviger_ports::KeyRecord;
use claviger_types::{self as types, GrantConstraint, SecretBytes, Tags};

use crate::call::Arns;

/// The same value on the other side of the wire.
pub(crate) trait Twin<T> {
    fn twin(self) -> T;
}

macro_rules! twins {
    ($($name:ident { $($variant:ident)* })*) => {$(
        impl Twin<api::$name> for types::$name {
            fn twin(self) -> api::$name {
                match self { $(Self::$variant => api::$name::$variant),* }
            }
        }

        impl Twin<types::$name> for api::$name {
            fn twin(self) -> types::$name {
                match self { $(Self::$variant => types::$name::$variant),* }
            }
        }
    )*};
}

twins! {
    KeySpec {
        Aes128 Aes256 EcP256 EcP384 EcP521 EcSecp256k1 Ed25519 HmacSha1 Hmac224 Hmac256 Hmac384 Hmac512 MlDsa44 MlDsa65
        MlDsa87 Rsa2048 Rsa3072 Rsa4096
    }
    KeyUsage { AsymmetricDecrypt Encrypt KeyAgreement Mac RawEncrypt Sign }
    KeyOrigin { Adopted Generated Imported }
    KeyState { Destroyed Disabled Enabled PendingDeletion PendingImport }
    VersionState {
        Active Compromised Deactivated Destroyed DestructionScheduled Disabled Failed PendingGeneration PendingImport
        PreActive
    }
    OrphanKind { Destroyed Gone Interrupted Unknown }
    ProtectionLevel { Software Hsm }
    RotationKind { Automatic OnDemand }
    EncryptionAlgorithm { RsaOaepSha1 RsaOaepSha256 RsaOaepSha512 SymmetricDefault }
    SigningAlgorithm {
        EcdsaSha256 EcdsaSha384 EcdsaSha512 Ed25519 Ed25519ph MlDsa RsaPkcs1Sha256 RsaPkcs1Sha384 RsaPkcs1Sha512
        RsaPssSha256 RsaPssSha384 RsaPssSha512
    }
    MessageType { Digest ExternalMu Raw }
    MacAlgorithm { HmacSha1 HmacSha224 HmacSha256 HmacSha384 HmacSha512 }
    CipherMode { Cbc Ctr Gcm }
    WrappingAlgorithm { RsaAesKeyWrapSha1 RsaAesKeyWrapSha256 RsaOaepSha1 RsaOaepSha256 }
    WrappingKeySpec { Rsa2048 Rsa3072 Rsa4096 }
    CertificateProfile { Client Device Server ServerClient SubordinateCa }
    RevocationReason {
        AffiliationChanged CaCompromise CessationOfOperation KeyCompromise PrivilegeWithdrawn Superseded Unspecified
    }
    GrantOperation {
        CreateGrant Decrypt DeriveSharedSecret DescribeKey Encrypt GenerateDataKey GenerateDataKeyPair
        GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac GetPublicKey ReEncryptFrom
        ReEncryptTo RetireGrant Sign Verify VerifyMac
    }
}

/// Longest message of an operation of cryptography, in bytes.
const MAX_MESSAGE: usize = 65_536;
/// Most items of one answer.
const MAX_PAGE: usize = 1000;

/// How many items a listing answers.
pub(crate) fn limit(limit: Option<usize>) -> Result<usize> {
    match limit.unwrap_or(100) {
        limit @ 1..=MAX_PAGE => Ok(limit),
        _ => Err(Error::invalid("The limit is 1 to 1000.")),
    }
}

/// What is encrypted, possibly nothing.
pub(crate) fn plaintext(secret: api::Secret) -> Result<SecretBytes> {
    bounded(secret.0.len(), 0)?;
    Ok(secret.0.into())
}

/// What is signed, or what a code is computed of.
pub(crate) fn message(bytes: api::Base64) -> Result<Vec<u8>> {
    bounded(bytes.0.len(), 1)?;
    Ok(bytes.0)
}

fn bounded(len: usize, min: usize) -> Result<()> {
    match (min..=MAX_MESSAGE).contains(&len) {
        true => Ok(()),
        false => Err(Error::invalid(format!("A message has {min} to {MAX_MESSAGE} bytes, this one {len}."))),
    }
}

pub(crate) fn secret(bytes: SecretBytes) -> api::Secret {
    api::Secret(bytes.into())
}

/// An empty context is none.
pub(crate) fn additional_data(context: api::EncryptionContext) -> AdditionalData {
    match context.is_empty() {
        true => AdditionalData::None,
        false => AdditionalData::Context(encryption_context(context)),
    }
}

pub(crate) fn encryption_context(context: api::EncryptionContext) -> EncryptionContext {
    EncryptionContext::new(boxed(context))
}

pub(crate) fn tags(tags: BTreeMap<String, String>) -> Tags {
    boxed(tags)
}

/// What a key of this spec is for unless somebody says so.
pub(crate) fn usual_usage(spec: types::KeySpec) -> types::KeyUsage {
    match spec {
        types::KeySpec::Aes128 => types::KeyUsage::RawEncrypt,
        types::KeySpec::Aes256 => types::KeyUsage::Encrypt,
        spec if types::MacAlgorithm::of(spec).is_some() => types::KeyUsage::Mac,
        _ => types::KeyUsage::Sign,
    }
}

pub(crate) fn key_summary(key: &types::Key, arns: &Arns) -> api::KeySummary {
    api::KeySummary {
        id: key.id.to_string(),
        arn: arns.key(key.id),
        spec: key.spec.twin(),
        usage: key.usage.twin(),
        origin: key.origin.twin(),
        state: key.state.twin(),
        description: key.description.to_string(),
        created: key.created.to_string(),
    }
}

pub(crate) fn key(record: &KeyRecord, details: &[VersionDetail], arns: &Arns) -> api::Key {
    let aliases = record.aliases.iter().map(ToString::to_string).collect();
    api::Key { aliases, ..key_with(&record.key, &record.versions, details, arns) }
}

/// A key that has no aliases yet.
pub(crate) fn key_with(
    key: &types::Key,
    versions: &[types::KeyVersion],
    details: &[VersionDetail],
    arns: &Arns,
) -> api::Key {
    api::Key {
        summary: key_summary(key, arns),
        ring: key.place.ring.to_string(),
        name: key.place.name.as_ref().map(ToString::to_string),
        provider: key.provider.to_string(),
        exportable: key.exportable,
        primary_version: key.primary.get(),
        rotation: key.rotation.map(rotation),
        deletion: key.deletion.map(|deletion| deletion.at.to_string()),
        aliases: Vec::new(),
        versions: versions.iter().zip(details).map(version).collect(),
    }
}

pub(crate) fn version((version, detail): (&types::KeyVersion, &VersionDetail)) -> api::KeyVersion {
    api::KeyVersion {
        number: version.number.get(),
        state: version.state.twin(),
        created: version.created.to_string(),
        provider: version.provider.to_string(),
        provider_name: detail.provider.as_ref().map(ToString::to_string),
        device_id: detail.device_id.as_deref().map(str::to_owned),
        subject_key_id: detail.subject_key_id.map(hex::encode),
        last_used: detail.last_use.map(|last| last.time.to_string()),
        protection_level: version.protection.twin(),
        tag: version.tag.map(|tag| tag.to_string()),
        rotated: version.rotated.map(Twin::twin),
        valid_to: version.valid_to.map(|time| time.to_string()),
        algorithm: version.algorithm.map(|algorithm| algorithm.name().to_owned()),
        destroy_at: version.destroy_at.map(|time| time.to_string()),
    }
}

pub(crate) fn rotation(rotation: types::Rotation) -> api::Rotation {
    api::Rotation { period_days: types::Days::of(rotation.period).0, next: rotation.next.to_string() }
}

pub(crate) fn encrypted(encrypted: claviger_keys::Encrypted) -> api::Encrypted {
    api::Encrypted {
        ciphertext: api::Base64(encrypted.ciphertext),
        key: encrypted.key.to_string(),
        version: encrypted.version.get(),
    }
}

pub(crate) fn constraint(constraint: api::GrantConstraint) -> GrantConstraint {
    match constraint {
        api::GrantConstraint::ContextEquals(pairs) => GrantConstraint::ContextEquals(boxed(pairs)),
        api::GrantConstraint::ContextSubset(pairs) => GrantConstraint::ContextSubset(boxed(pairs)),
    }
}

pub(crate) fn grant(grant: &types::Grant) -> api::Grant {
    let constraint = grant.constraint.as_ref().map(|constraint| match constraint {
        GrantConstraint::ContextEquals(pairs) => api::GrantConstraint::ContextEquals(strings(pairs)),
        GrantConstraint::ContextSubset(pairs) => api::GrantConstraint::ContextSubset(strings(pairs)),
    });
    api::Grant {
        id: grant.id.to_string(),
        key: grant.key.to_string(),
        grantee: grant.grantee.to_string(),
        retiring: grant.retiring.as_deref().map(str::to_owned),
        operations: grant.operations.iter().map(Twin::twin).collect(),
        constraint,
        name: grant.name.as_deref().map(str::to_owned),
        issuer: grant.issuer.to_string(),
        created: grant.created.to_string(),
    }
}

pub(crate) fn principal(principal: &types::Principal) -> api::Principal {
    api::Principal {
        name: principal.name.to_string(),
        id: principal.id.to_string(),
        arn: format!("arn:aws:iam::{}:user/{}", principal.project, principal.name),
        disabled: principal.disabled,
        created: principal.created.to_string(),
    }
}

pub(crate) fn strings(pairs: &BTreeMap<Box<str>, Box<str>>) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn boxed(pairs: BTreeMap<String, String>) -> BTreeMap<Box<str>, Box<str>> {
    pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

#[cfg(test)]
mod tests;
