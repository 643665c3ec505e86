use std::{fmt, str::FromStr, sync::Arc};

use claviger_core::{
    Authorized, Effect, Error, Gate, Installation, MadeKey, Operation, Params, Result, Scope, actions,
};
use claviger_ports::Change;
use claviger_types::{
    Key, KeyId, KeyOrigin, KeyPlace, KeySpec, KeyState, KeyUsage, KeyVersion, ProviderName, Revision, Tags,
    VersionNumber, VersionState, VersionTemplate,
};

use crate::{
    CreatedKey, create_key_version::with_material, default_policy, tags::check_tags,
    update_key_description::check_description,
};

/// Makes a key of one that is in a device already, where it stays as it is. When its version is destroyed here, it is
/// forgotten, and still stays there.
///
/// What is in a device belongs to no project, so only the administrators of the installation take it over, and it becomes a
/// key of their project.
pub struct AdoptKey {
    /// The device.
    pub provider: ProviderName,
    /// What its users call the key.
    pub locator: Locator,
    /// What it is made of.
    pub spec: KeySpec,
    /// What it is for.
    pub usage: KeyUsage,
    /// Free text, at most 8192 characters.
    pub description: Box<str>,
    /// Its labels.
    pub tags: Tags,
}

/// What the users of a device call a key in it: a PKCS#11 URI (RFC 7512 §2.3), a KMIP unique identifier. It is written to
/// the audit log, so that no PIN may be in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locator(Box<str>);

/// Why text is no locator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidLocator;

const MAX_LOCATOR: usize = 1024;

impl FromStr for Locator {
    type Err = InvalidLocator;

    fn from_str(text: &str) -> Result<Self, InvalidLocator> {
        let lower = text.to_ascii_lowercase();
        let has_pin = lower.contains("pin-value") || lower.contains("pin-source");
        let is_long = !(1..=MAX_LOCATOR).contains(&text.len());
        match has_pin || is_long || text.chars().any(char::is_control) {
            true => Err(InvalidLocator),
            false => Ok(Self(text.into())),
        }
    }
}

impl fmt::Display for InvalidLocator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("A locator has 1 to 1024 characters, and neither pin-value nor pin-source.")
    }
}

impl From<InvalidLocator> for Error {
    fn from(error: InvalidLocator) -> Self {
        Self::invalid(error.to_string())
    }
}

type Proof = Authorized<actions::AdoptKey, Installation>;

impl Operation for AdoptKey {
    type Proof = Proof;
    type Output = CreatedKey;
    const NAME: &'static str = "AdoptKey";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params {
            key_origin: Some(KeyOrigin::Adopted),
            key_spec: Some(self.spec),
            key_usage: Some(self.usage),
            provider: Some(&self.provider),
            subject: Some(&self.locator.0),
            tags: (!self.tags.is_empty()).then_some(&self.tags),
            ..Params::default()
        }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        check_description(&self.description)?;
        check_tags(&self.tags)?;
        if !self.spec.allows(self.usage) {
            return Err(Error::invalid("A key of this spec is not for this usage."));
        }
        gate.installation(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<CreatedKey> {
        let provider = scope.known_provider(&proof, &self.provider).await?;
        let made = scope.adopt(&proof, &provider, (self.spec, self.usage), &self.locator.0).await?;
        let key = self.key(&made, scope);
        let version = KeyVersion::new(key.id, VersionNumber::FIRST, provider, scope.now());
        let version = KeyVersion { state: VersionState::Active, ..version };
        let version = with_material(&proof, version, made, scope)?;
        scope.created(key.id);
        scope.commit(&proof, vec![Change::PutKey(key.clone()), Change::PutVersion(version.clone())]).await?;
        let details = scope.details(&proof, std::slice::from_ref(&version)).await?;
        let arn = scope.arn(key.project, &format!("key/{}", key.id));
        Ok(CreatedKey { key, version: Some(version), details, arn })
    }
}

impl AdoptKey {
    fn key(&self, made: &MadeKey, scope: &Scope<'_>) -> Key {
        let project = scope.settings().account;
        Key {
            id: KeyId::from_random(scope.random().bytes()),
            project,
            place: KeyPlace::default(),
            spec: self.spec,
            usage: self.usage,
            origin: KeyOrigin::Adopted,
            provider: made.provider.clone(),
            exportable: false,
            state: KeyState::Enabled,
            description: self.description.clone(),
            policy: Arc::from(default_policy(project)),
            policy_source: None,
            tags: self.tags.clone(),
            created: scope.now(),
            primary: VersionNumber::FIRST,
            template: VersionTemplate { protection: made.protection, ..VersionTemplate::default() },
            rotation: None,
            deletion: None,
            revision: Revision::NEW,
        }
    }
}
