use std::{
    num::{NonZeroU32, NonZeroUsize},
    sync::Arc,
    time::Duration,
};

use claviger_core::{
    Adapters, CacheBounds, CallContext, Caller, Effect, Error, LimitRates, Operation, ProviderRoles, Reason,
    Result, Service, Settings,
    admin::Administration,
    seal::{self, Header, KeyFile, Seal, SlotLabel},
};
use claviger_ports::{Batch, Change, Provider, Random, Store};
use claviger_software::{Config, SoftwareProvider};
use claviger_sql::{SqliteOptions, SqliteStore};
use claviger_types::{
    AccountId, IdentityPolicy, Principal, PrincipalId, Project, RequestId, Revision, SecretBytes, Timestamp,
};
use tempfile::TempDir;

use crate::{DeviceProvider, FixedClock, MemoryBackups, MemoryHeader, MemoryLog, SeededRandom};

/// The identity policy of an administrator.
pub const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

/// The content of the key file that opens the one keyslot.
pub const KEY_FILE: &[u8] = b"0123456789abcdef0123456789abcdef";

/// A service with one project and an administrator, `admin`.
pub struct TestService {
    /// The service.
    pub service: Service,
    /// Its store.
    pub store: Arc<SqliteStore>,
    /// Its audit log.
    pub log: Arc<MemoryLog>,
    /// Its clock.
    pub clock: Arc<FixedClock>,
    /// Its randomness.
    pub random: Arc<SeededRandom>,
    /// Its backups.
    pub backups: Arc<MemoryBackups>,
    /// Its project.
    pub account: AccountId,
    /// Its administrator, whose policy allows everything.
    pub admin: Caller,
    header: Header,
    seal: Arc<Seal>,
    _directory: TempDir,
}

impl TestService {
    /// A service over an empty store, at noon of the first of January 2026.
    pub async fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let store =
            Arc::new(SqliteStore::open(SqliteOptions::new(directory.path().join("store.db"))).unwrap());
        let log = Arc::new(MemoryLog::new());
        let clock = Arc::new(FixedClock::new(Timestamp::parse_rfc3339("2026-01-01T12:00:00Z").unwrap()));
        let random = Arc::new(SeededRandom::new(1));
        let account: AccountId = "111122223333".parse().unwrap();
        let backups = Arc::new(MemoryBackups::default());
        // A key file is not stretched, so that opening the seal costs nothing.
        let lock = KeyFile::new(SecretBytes::new(KEY_FILE.to_vec())).unwrap();
        let label: SlotLabel = "test".parse().unwrap();
        let (header, seal) = seal::create(&lock, label, &*random, Timestamp::from_secs(0)).unwrap();
        let seal = Arc::new(seal);
        let adapters = Adapters {
            store: store.clone(),
            providers: vec![software()],
            roles: ProviderRoles::all(SOFTWARE.parse().unwrap()),
            log: log.clone(),
            seal: seal.clone(),
            clock: clock.clone(),
            random: random.clone(),
        };
        let service = build(&store, adapters, &header, &log, &backups, account);
        put_project(&*store, &*random, account).await;
        put_principal(&*store, &*random, account, "admin", &[ALLOW_ALL]).await;
        let admin = caller(&service, account, "admin").await;
        let _directory = directory;
        Self { service, store, log, clock, random, backups, account, admin, header, seal, _directory }
    }

    /// Starts again, with these devices beside the software provider.
    pub fn restart(&mut self, devices: &[Arc<DeviceProvider>], roles: impl FnOnce(&mut ProviderRoles)) {
        let mut providers = vec![software()];
        providers.extend(devices.iter().map(|device| device.clone() as Arc<dyn Provider>));
        let mut with = ProviderRoles::all(SOFTWARE.parse().unwrap());
        roles(&mut with);
        let adapters = Adapters {
            store: self.store.clone(),
            providers,
            roles: with,
            log: self.log.clone(),
            seal: self.seal.clone(),
            clock: self.clock.clone(),
            random: self.random.clone(),
        };
        self.service = build(&self.store, adapters, &self.header, &self.log, &self.backups, self.account);
    }

    /// A new principal of the project with these identity policies.
    pub async fn principal(&self, name: &str, policies: &[&str]) -> Caller {
        put_principal(&*self.store, &*self.random, self.account, name, policies).await;
        self.caller(name).await
    }

    /// A new principal of a new project.
    pub async fn stranger(&self, account: &str, name: &str, policies: &[&str]) -> Caller {
        let account = account.parse().unwrap();
        put_project(&*self.store, &*self.random, account).await;
        put_principal(&*self.store, &*self.random, account, name, policies).await;
        caller(&self.service, account, name).await
    }

    /// A principal of the project as it is now.
    pub async fn caller(&self, name: &str) -> Caller {
        caller(&self.service, self.account, name).await
    }

    /// A call by `caller` over an encrypted connection.
    pub fn context(&self, caller: &Caller) -> CallContext {
        let random: &dyn Random = &*self.random;
        CallContext {
            caller: caller.clone(),
            request: RequestId::from_random(random.bytes()),
            front: "test",
            peer: None,
            secure: true,
            deadline: Duration::from_secs(60),
            dry_run: false,
        }
    }

    /// Calls an operation, and checks that the call left exactly one outcome record, with the right outcome, behind the
    /// intent of a change that was made.
    pub async fn call<O: Operation>(&self, caller: &Caller, operation: O) -> Result<O::Output> {
        self.call_as(self.context(caller), operation).await
    }

    /// The same in a context of the test's.
    pub async fn call_as<O: Operation>(&self, cx: CallContext, operation: O) -> Result<O::Output> {
        let request = cx.request;
        let answer = self.service.call(cx, operation).await;
        let outcome = answer.as_ref().map_or_else(|error| error.reason().name(), |_| "Ok");
        self.check_records::<O>(request, outcome);
        answer
    }

    /// Calls an operation that must succeed.
    pub async fn ok<O: Operation>(&self, caller: &Caller, operation: O) -> O::Output {
        match self.call(caller, operation).await {
            Ok(output) => output,
            Err(error) => panic!("{} was refused: {error:?}", O::NAME),
        }
    }

    /// Calls an operation that must be refused.
    pub async fn refusal<O: Operation>(&self, caller: &Caller, operation: O) -> Error {
        match self.call(caller, operation).await {
            Ok(_) => panic!("{} was not refused", O::NAME),
            Err(error) => error,
        }
    }

    /// Calls an operation that must be refused for this reason.
    pub async fn refused<O: Operation>(&self, caller: &Caller, operation: O, reason: Reason) {
        let error = self.refusal(caller, operation).await;
        assert_eq!(error.reason(), reason, "{}: {error:?}", O::NAME);
    }

    fn check_records<O: Operation>(&self, request: RequestId, outcome: &str) {
        let records = self.log.of_request(request);
        let outcomes: Vec<_> = records.iter().filter(|record| record["phase"] == "outcome").collect();
        let [record] = outcomes.as_slice() else {
            panic!("{} left {} outcome records: {records:?}", O::NAME, outcomes.len())
        };
        assert_eq!(record["operation"], O::NAME);
        assert_eq!(record["outcome"], outcome, "{record}");
        let intents = records.iter().filter(|record| record["phase"] == "intent").count();
        let expected = match O::EFFECT {
            Effect::Change if outcome == "Ok" => 1..=1,
            Effect::Change => 0..=1,
            Effect::Read | Effect::Use => 0..=0,
        };
        assert!(expected.contains(&intents), "{} left {intents} intents: {records:?}", O::NAME);
    }
}

/// How many objects a project of the service may keep.
pub const KEPT_OBJECTS: NonZeroU32 = NonZeroU32::MIN.saturating_add(999);

const SOFTWARE: &str = "software";

fn software() -> Arc<dyn Provider> {
    let config = Config { threads: NonZeroUsize::MIN, ..Config::default() };
    Arc::new(SoftwareProvider::start(SOFTWARE.parse().unwrap(), config).unwrap())
}

fn build(
    store: &Arc<SqliteStore>,
    adapters: Adapters,
    header: &Header,
    log: &Arc<MemoryLog>,
    backups: &Arc<MemoryBackups>,
    account: AccountId,
) -> Service {
    let settings = Settings {
        pki_url: Some("http://pki.test".into()),
        region: "eu-test-1".parse().unwrap(),
        account,
        deadline: Duration::from_secs(60),
        caches: CacheBounds::default(),
        rates: LimitRates::default(),
        kept_objects: KEPT_OBJECTS,
    };
    let administration = Administration {
        header: Arc::new(MemoryHeader::new(header)),
        audit: log.clone(),
        backups: backups.clone(),
        devices: Vec::new(),
    };
    Service::administered(settings, store.clone(), adapters, administration)
}

async fn put_project(store: &dyn Store, random: &dyn Random, account: AccountId) {
    let project = Project { account, name: account.as_str().into(), created: Timestamp::from_secs(0) };
    commit(store, random, vec![Change::InsertProject(project)]).await;
}

async fn put_principal(
    store: &dyn Store,
    random: &dyn Random,
    project: AccountId,
    name: &str,
    policies: &[&str],
) {
    let created = Timestamp::from_secs(0);
    let id = PrincipalId::from_random(random.bytes());
    let name = name.parse().unwrap();
    let principal = Principal { id, project, name, disabled: false, created, revision: Revision::NEW };
    let mut changes = vec![Change::PutPrincipal(principal)];
    for (index, document) in policies.iter().enumerate() {
        let name = format!("policy-{index}").parse().unwrap();
        let policy = IdentityPolicy { principal: id, name, document: (*document).into(), updated: created };
        changes.push(Change::PutIdentityPolicy(policy));
    }
    commit(store, random, changes).await;
}

async fn commit(store: &dyn Store, random: &dyn Random, changes: Vec<Change>) {
    let outcome = RequestId::from_random(random.bytes());
    store.commit(Batch { outcome, changes }).await.unwrap();
}

async fn caller(service: &Service, account: AccountId, name: &str) -> Caller {
    service.directory().local_user(account, &name.parse().unwrap(), 1000).await.unwrap()
}
