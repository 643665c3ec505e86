use std::{collections::BTreeMap, sync::Arc};

use claviger_core::{
    Authorized, Effect, Error, Gate, HeaderKeys, Operation, Params, ProjectTarget, ProviderChoice, Reason,
    Result, Scope, actions,
};
use claviger_gokms::{KeyFile, MasterKey, WrappedMasterKey};
use claviger_ports::{Change, SealedPlace};
use claviger_types::{
    AccountId, Key, KeyId, KeyOrigin, KeyPlace, KeySpec, KeyState, KeyUsage, KeyVersion, ProtectionLevel,
    Revision, SecretBytes, SecretKey, Tags, VersionNumber, VersionState, VersionTemplate,
};

use crate::{
    default_policy,
    imported_material::{Identity, identify},
    update_key_description::check_description,
};

/// Takes over the key store of a go-kms server: all of its keys, or none.
///
/// A key keeps its id, description, creation date and whether it is enabled. Its material becomes version 1, which is
/// deactivated: it decrypts what go-kms encrypted, as [`DecryptGokms`](crate::DecryptGokms) does, and protects nothing
/// any more. Version 2 is new and primary. So no AES key is used in two modes: with go-kms it was plain AES-256-GCM
/// under random nonces, whose count nobody knows, and that use of the material is over.
pub struct ImportGoKmsStore {
    /// What protects the key store.
    pub secret: KeyStoreSecret,
    /// The files of its directory, at most 1000 of them key files. What is not called `….key` is left alone.
    pub files: Vec<KeyStoreFile>,
}

/// What opens the files of a key store.
pub enum KeyStoreSecret {
    /// The master key itself, of a store that has it in a device.
    MasterKey(SecretKey),
    /// The passphrase that the master key is derived from.
    Passphrase(SecretBytes),
}

/// A file that has been read.
pub struct KeyStoreFile {
    /// Its name, without the directory.
    pub name: Box<str>,
    /// Its content.
    pub content: Vec<u8>,
}

/// What became of a key store.
#[derive(Debug)]
pub struct ImportedKeyStore {
    /// Keys that are ours from now on, by id.
    pub imported: Vec<KeyId>,
    /// Keys that were here before, by id.
    pub skipped: Vec<SkippedKey>,
}

/// A key that was left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkippedKey {
    /// The key.
    pub key: KeyId,
    /// Its state here.
    pub state: KeyState,
}

/// As many key ids as fit into one record of the audit log.
const MAX_KEYS: usize = 1000;

type Proof = Authorized<actions::ImportKeyStore, ProjectTarget>;

impl Operation for ImportGoKmsStore {
    type Proof = Proof;
    type Output = ImportedKeyStore;
    const NAME: &'static str = "ImportGoKmsStore";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { subject: Some("go-kms"), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<ImportedKeyStore> {
        let master = self.secret.master_key()?;
        let mut answer = ImportedKeyStore { imported: Vec::new(), skipped: Vec::new() };
        let mut changes = Vec::new();
        for file in self.open_files(&master)?.into_values() {
            let key = NewKey::of(file, &proof).await?;
            match key.existing(&proof, scope).await? {
                Some(state) => answer.skipped.push(SkippedKey { key: key.file.id, state }),
                None => {
                    answer.imported.push(key.file.id);
                    scope.created(key.file.id);
                    changes.extend(key.changes(&proof, scope).await?);
                }
            }
        }
        changes.extend(keep_master_key(&master, &proof, scope).await?);
        if !changes.is_empty() {
            scope.commit(&proof, changes).await?;
        }
        Ok(answer)
    }
}

impl KeyStoreSecret {
    fn master_key(&self) -> Result<MasterKey> {
        let master = match self {
            Self::MasterKey(key) => MasterKey::new(key.duplicate()),
            Self::Passphrase(passphrase) => MasterKey::derive(passphrase.expose()),
        };
        master.map_err(Error::internal)
    }
}

impl ImportGoKmsStore {
    /// Every key file opened and checked, so that nothing begins if one is wrong.
    fn open_files(&self, master: &MasterKey) -> Result<BTreeMap<KeyId, KeyFile>> {
        let files = self.key_files()?;
        let opened: Vec<_> =
            files.iter().map(|(id, file)| (id, file, KeyFile::open(master, &file.content))).collect();
        if opened.iter().all(|(.., opened)| opened.is_err()) {
            return Err(Error::new(
                Reason::UnwrapFailed,
                "None of the key files opens: the passphrase or master key is wrong, or they are not those of go-kms.",
            ));
        }
        let mut keys = BTreeMap::new();
        for (id, KeyStoreFile { name, .. }, opened) in opened {
            let key = opened.map_err(|error| {
                Error::new(Reason::UnwrapFailed, format!("{name:?} is damaged: {error}."))
            })?;
            if key.id != *id {
                let message =
                    format!("{name:?} holds the key {}, not the one that it is named after.", key.id);
                return Err(Error::invalid(message));
            }
            check_description(&key.description)
                .map_err(|error| Error::invalid(format!("{name:?}: {}", error.public())))?;
            keys.insert(*id, key);
        }
        Ok(keys)
    }

    fn key_files(&self) -> Result<BTreeMap<KeyId, &KeyStoreFile>> {
        let mut files = BTreeMap::new();
        for file in &self.files {
            let Some(id) = file.name.strip_suffix(".key") else { continue };
            let id: KeyId = id
                .parse()
                .map_err(|_| Error::invalid(format!("{:?} is not named after a key id.", file.name)))?;
            if files.insert(id, file).is_some() {
                return Err(Error::invalid(format!("There are two files of the key {id}.")));
            }
        }
        let of_device = self.files.iter().any(|file| &*file.name == WrappedMasterKey::FILE);
        if of_device && matches!(self.secret, KeyStoreSecret::Passphrase(_)) {
            return Err(Error::invalid(
                "The master key of this key store is in a PKCS#11 device (hsm.master), and not derived from a passphrase: \
                 name the provider that the device is configured as, and the label of the key in it.",
            ));
        }
        match files.len() {
            0 => Err(Error::invalid("There are no key files (<key id>.key) in this key store.")),
            1..=MAX_KEYS => Ok(files),
            more => Err(Error::invalid(format!(
                "There are {more} key files; at most {MAX_KEYS} can be taken over at a time. Bring them in parts."
            ))),
        }
    }
}

/// A key of the key store on its way in.
struct NewKey {
    file: KeyFile,
    project: AccountId,
    fingerprint: [u8; 32],
}

impl NewKey {
    async fn of(file: KeyFile, proof: &Proof) -> Result<Self> {
        let ProjectTarget(project) = *proof.target();
        match identify(file.id, KeySpec::Aes256, &file.material).await? {
            Identity::Fingerprint(fingerprint) => Ok(Self { file, project, fingerprint }),
            Identity::Public(_) => Err(Error::internal("a symmetric key with a public half")),
        }
    }

    /// The state of the key if it is here already. One that was destroyed stays so.
    async fn existing(&self, proof: &Proof, scope: &Scope<'_>) -> Result<Option<KeyState>> {
        let Some(known) = scope.reads(proof).key(self.file.id).await? else { return Ok(None) };
        let same = known.versions.iter().any(|version| version.fingerprint == Some(self.fingerprint));
        match known.key.project == self.project && (same || known.key.state == KeyState::Destroyed) {
            true => Ok(Some(known.key.state)),
            false => Err(Error::new(
                Reason::AlreadyExists,
                format!("The id of the key {} is that of another key here.", self.file.id),
            )),
        }
    }

    async fn changes(self, proof: &Proof, scope: &Scope<'_>) -> Result<Vec<Change>> {
        let (spec, usage) = (KeySpec::Aes256, KeyUsage::Encrypt);
        // Material that lay in files gains nothing by a device, and few devices open what it has encrypted.
        let (provider, _) = scope.provider(&ProviderChoice::Protected(ProtectionLevel::Software))?;
        let second =
            VersionNumber::FIRST.next().ok_or_else(|| Error::internal("there is no second version"))?;
        let new = scope.generate(proof, &provider, spec, usage).await?;
        let Self { file, project, fingerprint } = self;
        let old = scope.import(proof, &provider, spec, usage, file.material).await?;
        let key = Key {
            id: file.id,
            project,
            place: KeyPlace::default(),
            spec,
            usage,
            // New ciphertexts are made under material of our own, which may be rotated like any other.
            origin: KeyOrigin::Generated,
            provider: provider.clone(),
            exportable: false,
            state: if file.enabled { KeyState::Enabled } else { KeyState::Disabled },
            description: file.description,
            policy: Arc::from(default_policy(project)),
            policy_source: None,
            tags: Tags::new(),
            created: file.created,
            primary: second,
            template: VersionTemplate::default(),
            rotation: None,
            deletion: None,
            revision: Revision::NEW,
        };
        let version = |number, state, handle, created, fingerprint| -> Result<Change> {
            let place = SealedPlace::VersionHandle(key.id, number);
            Ok(Change::PutVersion(KeyVersion {
                state,
                handle: Some(scope.seal_secret(proof, &place, handle)?),
                fingerprint,
                ..KeyVersion::new(key.id, number, provider.clone(), created)
            }))
        };
        let first = version(
            VersionNumber::FIRST,
            VersionState::Deactivated,
            &old.handle.0,
            file.created,
            Some(fingerprint),
        )?;
        let second = version(second, VersionState::Active, &new.handle.0, scope.now(), None)?;
        Ok(vec![Change::PutKey(key), first, second])
    }
}

/// Keeps the master key, because the headers of the ciphertexts are encrypted under it; nothing to do if it is known.
async fn keep_master_key(master: &MasterKey, proof: &Proof, scope: &Scope<'_>) -> Result<Option<Change>> {
    let ProjectTarget(project) = *proof.target();
    let key = SecretBytes::new(master.key().expose().to_vec());
    for number in 1..=HeaderKeys::MAX {
        let name = HeaderKeys::name(project, number);
        let place = SealedPlace::Installation(name.clone());
        let Some(known) = scope.reads(proof).secret(&name).await? else {
            let sealed = scope.seal_secret(proof, &place, &key)?;
            return Ok(Some(Change::InsertSecret(name, sealed)));
        };
        if scope.open_secret(proof, &place, &known)?.ct_eq(key.expose()) {
            return Ok(None);
        }
    }
    Err(Error::new(
        Reason::Quota,
        format!("A project can take over at most {} key stores with different master keys.", HeaderKeys::MAX),
    ))
}
