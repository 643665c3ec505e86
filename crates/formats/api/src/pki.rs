use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{CertificateProfile, RevocationReason, SigningAlgorithm};

/// Makes a certificate authority: a root, or with `parent` one below another, or with `certificate` one that there was
/// before its key came here.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCertificateAuthority {
    /// Its name: 1 to 63 letters, digits and characters of `_-`.
    pub name: String,
    /// The key that will sign: id, ARN, or `alias/…`.
    pub key: String,
    /// How it will sign; the usual algorithm of such a key if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<SigningAlgorithm>,
    /// The authority of the project that signs its certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Its certificate in PEM, and behind it those above, the nearest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// Its name in certificates (RFC 4514), with a common name: `CN=Example Root,O=Example`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// How long its certificate is valid; ten years of a root and five of others if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime_seconds: Option<u64>,
    /// How many authorities may be below it, one under the other; if absent any number below a root and none below others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_length: Option<u8>,
    /// The only names that it may certify: `dns:example.org`, `ip:10.0.0.0/8`, `uri:example.org`. Kinds of names of which
    /// none is permitted are refused, unless nothing is given at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permitted: Vec<String>,
    /// Names that it may not certify.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<String>,
}

/// Gives a certificate authority another key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateCertificateAuthority {
    /// The key that will sign from now on: id, ARN, or `alias/…`.
    pub key: String,
    /// How it will sign; the usual algorithm of such a key if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<SigningAlgorithm>,
    /// How long the new certificate is valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime_seconds: Option<u64>,
    /// The new certificate in PEM, of an authority whose certificates come from outside, and behind it those above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

/// What a listing shows of a certificate authority.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CertificateAuthoritySummary {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its name in certificates.
    pub subject: String,
    /// The id of the key that signs.
    pub key: String,
    /// Until when the certificate of that key is valid.
    #[schema(format = DateTime)]
    pub not_after: String,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created: String,
}

/// A certificate authority.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CertificateAuthority {
    /// What a listing shows of it.
    #[serde(flatten)]
    pub summary: CertificateAuthoritySummary,
    /// Its keys with their certificates, oldest first. The last one issues; the others still sign revocation lists.
    pub issuers: Vec<Issuer>,
}

/// A key of a certificate authority.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Issuer {
    /// Its id: the digest of its public half, which is also the key identifier in certificates.
    pub id: String,
    /// The id of the key.
    pub key: String,
    /// How it signs.
    pub algorithm: SigningAlgorithm,
    /// Who signed its certificate.
    pub issued_by: String,
    /// Its certificate, PEM.
    pub certificate: String,
    /// Those above it, the nearest first, PEM.
    pub chain: Vec<String>,
    /// Those by which it and its predecessor vouch for each other, PEM.
    pub cross: Vec<String>,
    /// How many authorities may be below it; any number if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_length: Option<u8>,
    /// The only names that it may certify.
    pub permitted: Vec<String>,
    /// Names that it may not certify.
    pub excluded: Vec<String>,
    /// From when its certificate is valid.
    #[schema(format = DateTime)]
    pub not_before: String,
    /// Until when.
    #[schema(format = DateTime)]
    pub not_after: String,
    /// Where everybody finds its certificate, its revocation list and its OCSP responder; absent if the configuration does
    /// not say where the service is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<PublishedAt>,
}

/// Where everybody finds what an issuer publishes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PublishedAt {
    /// Its certificate, DER.
    pub certificate: String,
    /// Its revocation list, DER.
    pub crl: String,
    /// Its OCSP responder.
    pub ocsp: String,
}

/// Certificate authorities, by name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CertificateAuthorityList {
    /// The authorities.
    pub authorities: Vec<CertificateAuthoritySummary>,
    /// Give it as `after` to go on; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Issues a certificate for the key of a request (`csr`) or for a key of the service (`key`): one of them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueCertificate {
    /// What it is for; decides what it may say and how long it may last.
    pub profile: CertificateProfile,
    /// A certification request (PKCS#10) in PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csr: Option<String>,
    /// A key of the service: id, ARN, or `alias/…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Whose it is (RFC 4514); what the request says if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The names that it is good for: `dns:…`, `ip:…`, `spiffe://…`; those of the request if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<String>>,
    /// How long it is valid; as the profile says if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime_seconds: Option<u64>,
    /// Of an authority: how many authorities may be below it; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_length: Option<u8>,
    /// Of an authority: the only names that it may certify.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permitted: Vec<String>,
    /// Of an authority: names that it may not certify.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<String>,
}

/// A certificate that an authority issued.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Certificate {
    /// Its serial number, hexadecimal digits.
    pub serial: String,
    /// The id of the issuer that signed it.
    pub issuer: String,
    /// What it is for.
    pub profile: CertificateProfile,
    /// Whose it is; empty if only its names say so.
    pub subject: String,
    /// The names that it is good for.
    pub names: Vec<String>,
    /// The id of the key that it is about, if that is one of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The certificate, PEM.
    pub certificate: String,
    /// From when it is valid.
    #[schema(format = DateTime)]
    pub not_before: String,
    /// Until when.
    #[schema(format = DateTime)]
    pub not_after: String,
    /// Since when it is not to be trusted, if it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Revoked>,
}

/// That a certificate is revoked.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Revoked {
    /// Since when.
    #[schema(format = DateTime)]
    pub at: String,
    /// Why.
    pub reason: RevocationReason,
}

/// A certificate that was issued.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IssuedCertificate {
    /// The certificate.
    #[serde(flatten)]
    pub certificate: Certificate,
    /// Those above it, the nearest first, PEM.
    pub chain: Vec<String>,
}

/// Certificates of an authority, by serial number.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CertificateList {
    /// The certificates.
    pub certificates: Vec<Certificate>,
    /// Give it as `after` to go on; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Revokes a certificate.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeCertificate {
    /// Why.
    pub reason: RevocationReason,
}

/// A revocation list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RevocationList {
    /// The id of the issuer that signed it.
    pub issuer: String,
    /// Its number; it only grows.
    pub number: u64,
    /// When it was made.
    #[schema(format = DateTime)]
    pub this_update: String,
    /// When there will be another at the latest.
    #[schema(format = DateTime)]
    pub next_update: String,
    /// The list, PEM.
    pub crl: String,
}
