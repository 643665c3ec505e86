mod convert;

use std::time::Duration;

use claviger_api as api;
use claviger_core::Error;
use claviger_pki as pki;

use super::Answered;
use crate::{
    call::{Call, Failure},
    convert::{Twin, limit},
    endpoint::{Created, Json, Nothing},
    names,
};

pub(crate) async fn create(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::CreateCertificateAuthority>,
) -> Answered<Created<api::CertificateAuthority>> {
    let operation = pki::CreateCertificateAuthority {
        name: names::parse(&body.name)?,
        key: call.key_ref(&body.key)?,
        algorithm: body.algorithm.map(Twin::twin),
        origin: convert::origin(body)?,
    };
    let service = call.service.clone();
    let authority = call.run(operation).await?;
    convert::authority(&service, &authority).map(Created).map_err(Failure::Answered)
}

pub(crate) async fn list(
    call: Call,
    query: api::PageQuery,
    _: Nothing,
) -> Answered<Json<api::CertificateAuthorityList>> {
    let after = query.after.as_deref().map(names::parse).transpose()?;
    let limit = limit(query.limit)?;
    let service = call.service.clone();
    let page = call.run(pki::ListCertificateAuthorities { after, limit }).await?;
    let next = page.items.last().filter(|_| page.more).map(|authority| authority.name.to_string());
    let authorities = page.items.iter().map(|authority| convert::summary(&service, authority));
    let authorities = authorities.collect::<Result<_, _>>().map_err(Failure::Answered)?;
    Ok(Json(api::CertificateAuthorityList { authorities, next }))
}

pub(crate) async fn show(
    call: Call,
    _: api::NoQuery,
    _: Nothing,
) -> Answered<Json<api::CertificateAuthority>> {
    let (name, service) = (call.authority()?, call.service.clone());
    let authority = call.run(pki::GetCertificateAuthority { name }).await?;
    convert::authority(&service, &authority).map(Json).map_err(Failure::Answered)
}

pub(crate) async fn rotate(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::RotateCertificateAuthority>,
) -> Answered<Json<api::CertificateAuthority>> {
    let operation = pki::RotateCertificateAuthority {
        name: call.authority()?,
        key: call.key_ref(&body.key)?,
        algorithm: body.algorithm.map(Twin::twin),
        lifetime: body.lifetime_seconds.map(Duration::from_secs),
        certificate: body.certificate.as_deref().map(convert::chain).transpose()?,
    };
    let service = call.service.clone();
    let authority = call.run(operation).await?;
    convert::authority(&service, &authority).map(Json).map_err(Failure::Answered)
}

pub(crate) async fn issue(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::IssueCertificate>,
) -> Answered<Created<api::IssuedCertificate>> {
    let key = match (&body.csr, &body.key) {
        (Some(csr), None) => pki::SubjectKey::Request(pki::pem::request(csr)?),
        (None, Some(key)) => pki::SubjectKey::Key(call.key_ref(key)?),
        _ => return Err(Error::invalid("Give either a certification request (csr) or a key.").into()),
    };
    let operation = pki::IssueCertificate {
        authority: call.authority()?,
        profile: body.profile.twin(),
        key,
        subject: body.subject.as_deref().map(str::parse).transpose()?,
        names: body.names.as_deref().map(convert::names).transpose()?,
        lifetime: body.lifetime_seconds.map(Duration::from_secs),
        path_len: body.path_length,
        constraints: convert::constraints(&body.permitted, &body.excluded)?,
    };
    let issued = call.run(operation).await?;
    convert::issued(&issued).map(Created).map_err(Failure::Answered)
}

pub(crate) async fn certificates(
    call: Call,
    query: api::PageQuery,
    _: Nothing,
) -> Answered<Json<api::CertificateList>> {
    let after = query.after.as_deref().map(names::parse).transpose()?;
    let (authority, limit) = (call.authority()?, limit(query.limit)?);
    let page = call.run(pki::ListCertificates { authority, after, limit }).await?;
    let next = page.items.last().filter(|_| page.more).map(|certificate| certificate.serial.to_string());
    let certificates = page.items.iter().map(convert::certificate).collect::<Result<_, _>>();
    let certificates = certificates.map_err(Failure::Answered)?;
    Ok(Json(api::CertificateList { certificates, next }))
}

pub(crate) async fn certificate(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::Certificate>> {
    let (authority, serial) = (call.authority()?, call.serial()?);
    let certificate = call.run(pki::GetCertificate { authority, serial }).await?;
    convert::certificate(&certificate).map(Json).map_err(Failure::Answered)
}

pub(crate) async fn revoke(
    call: Call,
    _: api::NoQuery,
    Json(body): Json<api::RevokeCertificate>,
) -> Answered<Json<api::Certificate>> {
    let (authority, serial) = (call.authority()?, call.serial()?);
    let operation = pki::RevokeCertificate { authority, serial, reason: body.reason.twin() };
    let certificate = call.run(operation).await?;
    convert::certificate(&certificate).map(Json).map_err(Failure::Answered)
}

pub(crate) async fn crl(call: Call, _: api::NoQuery, _: Nothing) -> Answered<Json<api::RevocationList>> {
    let authority = call.authority()?;
    let list = call.run(pki::GetRevocationList { authority }).await?;
    convert::list(&list).map(Json).map_err(Failure::Answered)
}
