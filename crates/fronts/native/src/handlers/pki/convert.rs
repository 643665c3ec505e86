//! Between the wire types of certificate authorities and those of the domain.

use std::{sync::Arc, time::Duration};

use claviger_api as api;
use claviger_core::{Error, Reason, Result, Service};
use claviger_pki::{
    Addresses, AltName, AuthorityTerms, Issued, IssuerDescription, NameConstraints, Origin,
    alternative_names, pem,
};
use claviger_types::{Certificate, CertificateAuthority, Issuer, RevocationList};

use crate::{convert::Twin, names::parse};

/// Where the certificate of a new authority comes from.
pub(super) fn origin(body: api::CreateCertificateAuthority) -> Result<Origin> {
    if let Some(certificate) = &body.certificate {
        let is_alone = body.parent.is_none()
            && body.subject.is_none()
            && body.lifetime_seconds.is_none()
            && body.path_length.is_none()
            && body.permitted.is_empty()
            && body.excluded.is_empty();
        if !is_alone {
            return Err(Error::invalid("A certificate that there is already says all that there is to say."));
        }
        let (certificate, chain) = chain(certificate)?;
        return Ok(Origin::Adopted { certificate, chain });
    }
    let subject = body.subject.as_deref().ok_or_else(|| Error::invalid("An authority needs a subject."))?;
    let terms = AuthorityTerms {
        subject: subject.parse()?,
        lifetime: body.lifetime_seconds.map(Duration::from_secs),
        path_len: body.path_length,
        constraints: constraints(&body.permitted, &body.excluded)?,
    };
    match &body.parent {
        Some(parent) => Ok(Origin::Subordinate { parent: parse(parent)?, terms }),
        None => Ok(Origin::Root(terms)),
    }
}

/// A certificate and those above it.
pub(super) fn chain(text: &str) -> Result<(Vec<u8>, Vec<Vec<u8>>)> {
    let mut all = pem::certificates(text)?.into_iter();
    let first = all.next().ok_or_else(|| Error::invalid("There is no certificate in the text."))?;
    Ok((first, all.collect()))
}

pub(super) fn names(texts: &[String]) -> Result<Vec<AltName>> {
    texts.iter().map(|text| text.parse()).collect()
}

pub(super) fn constraints(permitted: &[String], excluded: &[String]) -> Result<NameConstraints> {
    let subtrees = |texts: &[String]| texts.iter().map(|text| text.parse()).collect::<Result<_>>();
    Ok(NameConstraints { permitted: subtrees(permitted)?, excluded: subtrees(excluded)? })
}

pub(super) fn summary(
    service: &Service,
    authority: &CertificateAuthority,
) -> Result<api::CertificateAuthoritySummary> {
    let issuer = authority
        .current()
        .ok_or_else(|| Error::new(Reason::StoredDataDamaged, "A stored certificate authority is damaged."))?;
    Ok(api::CertificateAuthoritySummary {
        name: authority.name.to_string(),
        arn: service.authority_arn(authority.project, &authority.name),
        subject: IssuerDescription::of(issuer)?.subject,
        key: issuer.key.to_string(),
        not_after: issuer.not_after.to_string(),
        created: authority.created.to_string(),
    })
}

pub(super) fn authority(
    service: &Service,
    authority: &CertificateAuthority,
) -> Result<api::CertificateAuthority> {
    let issuers = authority.issuers.iter().map(|issuer| self::issuer(service, issuer));
    Ok(api::CertificateAuthority {
        summary: summary(service, authority)?,
        issuers: issuers.collect::<Result<_>>()?,
    })
}

fn issuer(service: &Service, issuer: &Issuer) -> Result<api::Issuer> {
    let IssuerDescription { subject: _, issuer: issued_by, path_len, constraints } =
        IssuerDescription::of(issuer)?;
    let published = Addresses::of(service.settings(), issuer.id).map(|addresses| api::PublishedAt {
        certificate: addresses.certificate(),
        crl: addresses.list(),
        ocsp: addresses.ocsp(),
    });
    Ok(api::Issuer {
        id: issuer.id.to_string(),
        key: issuer.key.to_string(),
        algorithm: issuer.algorithm.twin(),
        issued_by,
        certificate: pem::certificate_text(&issuer.certificate)?,
        chain: texts(&issuer.chain)?,
        cross: texts(&issuer.cross)?,
        path_length: path_len,
        permitted: constraints.permitted.iter().map(ToString::to_string).collect(),
        excluded: constraints.excluded.iter().map(ToString::to_string).collect(),
        not_before: issuer.not_before.to_string(),
        not_after: issuer.not_after.to_string(),
        published,
    })
}

pub(super) fn issued(issued: &Issued) -> Result<api::IssuedCertificate> {
    Ok(api::IssuedCertificate {
        certificate: certificate(&issued.certificate)?,
        chain: texts(&issued.chain)?,
    })
}

pub(super) fn certificate(certificate: &Certificate) -> Result<api::Certificate> {
    let revoked = certificate
        .revocation
        .map(|revocation| api::Revoked { at: revocation.at.to_string(), reason: revocation.reason.twin() });
    Ok(api::Certificate {
        serial: certificate.serial.to_string(),
        issuer: certificate.issuer.to_string(),
        profile: certificate.profile.twin(),
        subject: certificate.subject.to_string(),
        names: alternative_names(certificate)?.iter().map(ToString::to_string).collect(),
        key: certificate.key.map(|key| key.to_string()),
        certificate: pem::certificate_text(&certificate.der)?,
        not_before: certificate.not_before.to_string(),
        not_after: certificate.not_after.to_string(),
        revoked,
    })
}

pub(super) fn list(list: &RevocationList) -> Result<api::RevocationList> {
    Ok(api::RevocationList {
        issuer: list.issuer.to_string(),
        number: list.number,
        this_update: list.this_update.to_string(),
        next_update: list.next_update.to_string(),
        crl: pem::list_text(&list.der)?,
    })
}

fn texts(certificates: &[Arc<[u8]>]) -> Result<Vec<String>> {
    certificates.iter().map(|der| pem::certificate_text(der)).collect()
}
