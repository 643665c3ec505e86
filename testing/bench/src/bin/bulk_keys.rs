//! Puts many AES keys into the data directory of a stopped server, in batches of 1000, as CreateKey would have stored
//! them: `bulk-keys DATA_DIR ACCOUNT COUNT PROVIDER`. Prints the ids of up to 4096 of them, spread over all.
#![forbid(unsafe_code)]

use std::{error::Error, fs, path::Path, sync::Arc};

use claviger_core::seal::{Header, KeyFile, Seal, unlock};
use claviger_keys::default_policy;
use claviger_ports::{Batch, Change, Handle, Provider, Random, SealedPlace, Store};
use claviger_software::{Config, SoftwareProvider};
use claviger_sql::{SqliteOptions, SqliteStore};
use claviger_types::{
    AccountId, Key, KeyId, KeyOrigin, KeyPlace, KeySpec, KeyState, KeyTag, KeyUsage, KeyVersion, ProviderId,
    ProviderName, RequestId, Revision, SecretBytes, Tags, Timestamp, VersionNumber, VersionState,
    VersionTemplate,
};

const BATCH: usize = 1000;
const SAMPLE: usize = 4096;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("usage: bulk-keys DATA_DIR ACCOUNT COUNT PROVIDER");
    let (data, account) = (argument()?, argument()?);
    let (count, provider): (usize, ProviderName) = (argument()?.parse()?, argument()?.parse()?);
    let account: AccountId = account.parse()?;
    let data = Path::new(&data);
    let header = Header::parse(&fs::read(data.join("keyslots.json"))?)?;
    let key_file = KeyFile::new(SecretBytes::new(fs::read(data.join("keyslot.key"))?))?;
    let (seal, _) = unlock(&header, &[&key_file])?;
    let maker = Maker {
        seal,
        provider: SoftwareProvider::start(provider, Config::default())?,
        account,
        policy: default_policy(account).into(),
    };
    let store = SqliteStore::open(SqliteOptions::new(data.join("claviger.db")))?;
    let every = (count / SAMPLE).max(1);
    for start in (0..count).step_by(BATCH) {
        let mut changes = Vec::with_capacity(2 * BATCH);
        for index in start..(start + BATCH).min(count) {
            let (key, version) = maker.key().await?;
            if index % every == 0 {
                #[expect(clippy::print_stdout, reason = "the result")]
                {
                    println!("{}", key.id);
                }
            }
            changes.extend([Change::PutKey(key), Change::PutVersion(version)]);
        }
        let outcome = RequestId::from_random(random().bytes());
        store.commit(Batch { outcome, changes }).await?;
        let forget = vec![Change::ForgetOutcomes(vec![outcome])];
        store.commit(Batch { outcome: RequestId::from_random(random().bytes()), changes: forget }).await?;
    }
    store.close().await;
    Ok(())
}

struct Maker {
    seal: Seal,
    provider: SoftwareProvider,
    account: AccountId,
    policy: Arc<str>,
}

impl Maker {
    async fn key(&self) -> Result<(Key, KeyVersion), Box<dyn Error>> {
        let id = KeyId::from_random(random().bytes());
        let created = Timestamp::from_secs(1_700_000_000);
        let provider: ProviderId = self.provider.name().as_str().parse()?;
        let new =
            self.provider.generate(KeySpec::Aes256, KeyUsage::Encrypt, KeyTag::new(random().bytes())).await?;
        let Handle(handle) = new.handle;
        let place = SealedPlace::VersionHandle(id, VersionNumber::FIRST);
        let key = Key {
            id,
            project: self.account,
            place: KeyPlace::default(),
            spec: KeySpec::Aes256,
            usage: KeyUsage::Encrypt,
            origin: KeyOrigin::Generated,
            provider: provider.clone(),
            exportable: false,
            state: KeyState::Enabled,
            description: "".into(),
            policy: self.policy.clone(),
            policy_source: None,
            tags: Tags::new(),
            created,
            primary: VersionNumber::FIRST,
            template: VersionTemplate::default(),
            rotation: None,
            deletion: None,
            revision: Revision::NEW,
        };
        let version = KeyVersion {
            key: id,
            number: VersionNumber::FIRST,
            state: VersionState::Active,
            provider,
            protection: claviger_types::ProtectionLevel::Software,
            tag: None,
            messages: 0,
            handle: Some(self.seal.seal(&place, &handle, random())?),
            public: None,
            created,
            rotated: None,
            valid_to: None,
            algorithm: None,
            destroy_at: None,
            destroyed: None,
            import: None,
            fingerprint: None,
        };
        Ok((key, version))
    }
}

struct Drbg;

impl Random for Drbg {
    fn fill(&self, out: &mut [u8]) {
        // Without randomness there is nothing to measure; zeros would collide and fail the batch.
        if claviger_crypto::fill(out).is_err() {
            out.fill(0);
        }
    }
}

fn random() -> &'static dyn Random {
    &Drbg
}
