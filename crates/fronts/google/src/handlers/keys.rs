use claviger_core::{Error, ProviderChoice, Reason};
use claviger_keys as keys;
use claviger_ports::RingCursor;
use claviger_types::{KeyOrigin, VersionTemplate};

use crate::{
    call::{Answered, Call},
    convert,
    names::{new_id, version_number},
    page::{Asked, Listing},
    wire::kms::{self, crypto_key::CryptoKeyPurpose},
};

pub(crate) async fn list(
    call: Call,
    request: kms::ListCryptoKeysRequest,
) -> Answered<kms::ListCryptoKeysResponse> {
    let ring = call.names().ring(&request.parent)?.own(call.account())?;
    let listing = Listing::read(
        Asked {
            parent: &request.parent,
            size: request.page_size,
            token: &request.page_token,
            filter: &request.filter,
            order: &request.order_by,
        },
        "CryptoKey",
    )?;
    let after = listing.after::<String>()?.as_deref().map(cursor).transpose()?;
    let location = call.location();
    let found = call.run(keys::ListRingKeys { ring, after, limit: listing.limit() }).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for record in &found.items {
        let path = location.key_path(&record.key)?;
        items.push((path.key.to_string(), convert::crypto_key(&record.key, &record.versions, &path)));
    }
    let shown = listing.shown(items, found.more)?;
    Ok(kms::ListCryptoKeysResponse {
        crypto_keys: shown.items,
        next_page_token: shown.next,
        total_size: shown.total,
    })
}

/// No name of a key looks like an id, so that a text is the one or the other.
fn cursor(text: &str) -> Result<RingCursor, Error> {
    match text.parse() {
        Ok(id) => Ok(RingCursor::Id(id)),
        Err(_) => text
            .parse()
            .map(RingCursor::Name)
            .map_err(|_| Error::new(Reason::InvalidMarker, "The page_token is not one.")),
    }
}

pub(crate) async fn get(call: Call, request: kms::GetCryptoKeyRequest) -> Answered<kms::CryptoKey> {
    let path = call.names().key(&request.name)?;
    let described = call.run(keys::DescribeKey { key: path.key_ref() }).await?;
    let record = &described.entry.record;
    Ok(convert::crypto_key(&record.key, &record.versions, &path))
}

pub(crate) async fn create(call: Call, request: kms::CreateCryptoKeyRequest) -> Answered<kms::CryptoKey> {
    let ring = call.names().ring(&request.parent)?;
    let name = new_id(&request.crypto_key_id, "crypto_key_id")?;
    let path = ring.key(name);
    let key = request.crypto_key.unwrap_or_default();
    if request.trusted_wrapping_enabled {
        return Err(Error::invalid("Trusted wrapping is not supported.").into());
    }
    convert::check_unsupported(&key)?;
    let purpose = CryptoKeyPurpose::try_from(key.purpose)
        .map_err(|_| Error::invalid("The purpose of the key is not one."))?;
    let meaning = convert::template(purpose, key.version_template.as_ref())?;
    if key.import_only && !request.skip_initial_version_creation {
        let text = "A key with import_only must be created with skip_initial_version_creation.";
        return Err(Error::invalid(text).into());
    }
    let level = key.version_template.map_or(0, |template| template.protection_level);
    let provider = convert::protection(level)?.map_or(ProviderChoice::Default, ProviderChoice::Protected);
    let default = VersionTemplate::default();
    let operation = keys::CreateKey {
        place: Some((ring.own(call.account())?, path.key.clone())),
        origin: KeyOrigin::Generated,
        tags: convert::tags(key.labels),
        template: VersionTemplate {
            algorithm: meaning.algorithm,
            destroy_after: match key.destroy_scheduled_duration {
                Some(duration) => convert::from_duration(duration, "destroy_scheduled_duration")?,
                None => default.destroy_after,
            },
            import_only: key.import_only,
            ..default
        },
        initial_version: !request.skip_initial_version_creation,
        rotation: convert::rotation(key.next_rotation_time, key.rotation_schedule)?,
        provider,
        ..keys::CreateKey::new(meaning.spec, meaning.usage)
    };
    let created = call.run(operation).await?;
    Ok(convert::crypto_key(&created.key, created.version.as_slice(), &path))
}

const UPDATABLE: [&str; 5] =
    ["labels", "next_rotation_time", "rotation_period", "version_template", "version_template.algorithm"];

pub(crate) async fn update(call: Call, request: kms::UpdateCryptoKeyRequest) -> Answered<kms::CryptoKey> {
    let mask = convert::check_mask(request.update_mask, &UPDATABLE)?;
    let key = request.crypto_key.unwrap_or_default();
    let path = call.names().key(&key.name)?;
    let has = |field: &str| mask.iter().any(|path| path == field);
    let rotation = match (has("next_rotation_time"), has("rotation_period")) {
        (false, false) => None,
        (next, period) => {
            let next = next.then_some(key.next_rotation_time);
            Some(convert::rotation_change(next, period.then_some(key.rotation_schedule))?)
        }
    };
    let template = has("version_template") || has("version_template.algorithm");
    let meaning = match (template, key.version_template) {
        (false, _) => None,
        (true, Some(template)) => {
            convert::protection(template.protection_level)?;
            Some(convert::algorithm_meaning(template.algorithm)?)
        }
        (true, None) => return Err(Error::invalid("The version_template is missing.").into()),
    };
    let changes = keys::KeyChanges {
        tags: has("labels").then(|| convert::tags(key.labels)),
        rotation,
        algorithm: meaning.and_then(|meaning| meaning.algorithm),
        expected: meaning.map(|meaning| (meaning.spec, meaning.usage)),
        destroy_after: None,
    };
    let record = call.run(keys::UpdateKey { key: path.key_ref(), changes }).await?;
    Ok(convert::crypto_key(&record.key, &record.versions, &path))
}

pub(crate) async fn update_primary(
    call: Call,
    request: kms::UpdateCryptoKeyPrimaryVersionRequest,
) -> Answered<kms::CryptoKey> {
    let path = call.names().key(&request.name)?;
    let version = version_number(&request.crypto_key_version_id)
        .ok_or_else(|| Error::invalid("The crypto_key_version_id is not the number of a version."))?;
    let record = call.run(keys::SetPrimaryVersion { key: path.key_ref(), version }).await?;
    Ok(convert::crypto_key(&record.key, &record.versions, &path))
}
