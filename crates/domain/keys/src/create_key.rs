use std::sync::Arc;

use claviger_core::{Authorized, Effect, Gate, Operation, Params, ProjectTarget, Result, Scope, actions};
use claviger_ports::{Capability, Change, SealedPlace};
use claviger_types::{
    Key, KeyId, KeyOrigin, KeySpec, KeyState, KeyUsage, KeyVersion, Revision, Tags, VersionNumber,
    VersionState,
};

use crate::{
    default_policy, put_key_policy::check_policy, tags::check_tags, update_key_description::check_description,
};

/// Makes a key.
pub struct CreateKey {
    /// What it is made of.
    pub spec: KeySpec,
    /// What it is for.
    pub usage: KeyUsage,
    /// Where its material comes from; imported material is brought later.
    pub origin: KeyOrigin,
    /// Free text, at most 8192 characters.
    pub description: Box<str>,
    /// Its policy; the default one if absent.
    pub policy: Option<Box<str>>,
    /// Whether a policy that locks the caller out is accepted.
    pub bypass_lockout_check: bool,
    /// Its labels.
    pub tags: Tags,
}

/// The key that was made.
pub struct CreatedKey {
    /// The key.
    pub key: Key,
    /// Its first version.
    pub version: KeyVersion,
    /// Its ARN.
    pub arn: String,
}

impl Operation for CreateKey {
    type Proof = Authorized<actions::CreateKey, ProjectTarget>;
    type Output = CreatedKey;
    const NAME: &'static str = "CreateKey";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params {
            bypass_lockout_check: Some(self.bypass_lockout_check),
            key_origin: Some(self.origin),
            key_spec: Some(self.spec),
            key_usage: Some(self.usage),
            tags: (!self.tags.is_empty()).then_some(&self.tags),
            ..Params::default()
        }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        check_description(&self.description)?;
        check_tags(&self.tags)?;
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<CreatedKey> {
        let ProjectTarget(project) = *proof.target();
        let id = KeyId::from_random(scope.random().bytes());
        let policy = match &self.policy {
            Some(policy) => {
                check_policy(policy, self.bypass_lockout_check, project, id, &proof, scope).await?;
                policy.clone()
            }
            None => default_policy(project).into(),
        };
        let now = scope.now();
        let provider = scope.settings().default_provider.clone();
        let version = self.first_version(&proof, id, scope).await?;
        let key = Key {
            id,
            project,
            spec: self.spec,
            usage: self.usage,
            origin: self.origin,
            provider,
            exportable: false,
            state: match self.origin {
                KeyOrigin::Generated => KeyState::Enabled,
                KeyOrigin::Imported => KeyState::PendingImport,
            },
            description: self.description.clone(),
            policy: Arc::from(&*policy),
            tags: self.tags.clone(),
            created: now,
            primary: VersionNumber::FIRST,
            rotation: None,
            deletion: None,
            revision: Revision::NEW,
        };
        scope.created(id);
        scope.commit(&proof, vec![Change::PutKey(key.clone()), Change::PutVersion(version.clone())]).await?;
        let arn = scope.arn(project, &format!("key/{id}"));
        Ok(CreatedKey { key, version, arn })
    }
}

impl CreateKey {
    async fn first_version(
        &self,
        proof: &Authorized<actions::CreateKey, ProjectTarget>,
        id: KeyId,
        scope: &Scope<'_>,
    ) -> Result<KeyVersion> {
        let provider = scope.settings().default_provider.clone();
        let number = VersionNumber::FIRST;
        let (state, handle, public) = match self.origin {
            KeyOrigin::Generated => {
                let new = scope.generate(proof, &provider, self.spec, self.usage).await?;
                let place = SealedPlace::VersionHandle(id, number);
                let handle = scope.seal_secret(proof, &place, &new.handle.0)?;
                (VersionState::Active, Some(handle), new.public.map(Arc::from))
            }
            KeyOrigin::Imported => {
                scope.check_supported(&provider, self.spec, self.usage, Capability::Import)?;
                (VersionState::PendingImport, None, None)
            }
        };
        Ok(KeyVersion {
            key: id,
            number,
            state,
            provider,
            handle,
            public,
            created: scope.now(),
            rotated: None,
            valid_to: None,
            fingerprint: None,
        })
    }
}
