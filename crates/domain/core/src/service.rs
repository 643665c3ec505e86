use std::{
    collections::BTreeMap,
    fmt::Write as _,
    pin::pin,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, Instant},
};

use claviger_access::{
    AccessRequest, Action as PolicyAction, Caller as PolicyCaller, ContextPairs, Decision, Delegation,
    Resource, Sources, decide,
};
use claviger_ports::{AuditLog, Clock, Provider, ProviderState, Random, Store};
use claviger_types::{
    AccountId, AuditSeq, ImportJobId, KeyId, ObjectId, Principal, PrincipalId, ProviderName, RequestId,
    Revision,
};

use crate::{
    Action, CallContext, Caller, Directory, Effect, EncryptionContext, Error, Gate, Identity, LastUse,
    Metrics, Operation, Params, ProviderRoles, Reason, Result, Scope, Settings,
    action::ActionInfo,
    admin::{Admin, Administration},
    context::Standing,
    deadline::within,
    facts::RequestFacts,
    header_keys::HeaderKeys,
    limits::Limits,
    making::Unstored,
    messages::Messages,
    objects::ObjectTable,
    pairs::KeyPairs,
    providers::Providers,
    record::{Record, service_event},
    request_ids::RequestIds,
    scope::Reads,
    seal::Seal,
    table::KeyTable,
    target::Target,
    usage::Usage,
};

/// The key service: the only way from a front to keys, stores and secrets.
#[derive(Clone)]
pub struct Service {
    pub(crate) core: Arc<Core>,
}

/// What the service is built over.
pub struct Adapters {
    /// Where things are remembered.
    pub store: Arc<dyn Store>,
    /// Who holds keys.
    pub providers: Vec<Arc<dyn Provider>>,
    /// Which of them does what.
    pub roles: ProviderRoles,
    /// Where calls are recorded.
    pub log: Arc<dyn AuditLog>,
    /// The root key.
    pub seal: Arc<Seal>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub random: Arc<dyn Random>,
}

pub(crate) struct Core {
    /// Itself, for work that goes on after the call that began it.
    pub(crate) this: Weak<Core>,
    pub(crate) admin: Option<Arc<Admin>>,
    pub(crate) settings: Settings,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) reads: Arc<dyn Reads>,
    pub(crate) providers: Providers,
    pub(crate) log: Arc<dyn AuditLog>,
    pub(crate) seal: Arc<Seal>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) keys: KeyTable,
    pub(crate) objects: ObjectTable,
    pub(crate) directory: Directory,
    pub(crate) header_keys: HeaderKeys,
    pub(crate) usage: Usage,
    pub(crate) messages: Messages,
    pub(crate) request_ids: RequestIds,
    pub(crate) alias_changes: tokio::sync::Mutex<()>,
    pub(crate) pairs: KeyPairs,
    limits: Limits,
    metrics: Metrics,
    /// Changes whose outcome the store still remembers, with the place of their outcome record.
    settled: Mutex<Vec<(AuditSeq, RequestId)>>,
}

/// How often an operation starts again when somebody else changed the same thing.
const ATTEMPTS: usize = 5;

impl Service {
    /// Over `adapters`. Nothing is read yet; see [`reconcile`](Self::reconcile). The operations that administer the
    /// installation are refused.
    pub fn new<S: Store + 'static>(settings: Settings, store: Arc<S>, adapters: Adapters) -> Self {
        Self::build(settings, store, adapters, None)
    }

    /// The same, with what the administration of the installation needs.
    pub fn administered<S: Store + 'static>(
        settings: Settings,
        store: Arc<S>,
        adapters: Adapters,
        administration: Administration,
    ) -> Self {
        Self::build(settings, store, adapters, Some(administration))
    }

    fn build<S: Store + 'static>(
        settings: Settings,
        store: Arc<S>,
        adapters: Adapters,
        administration: Option<Administration>,
    ) -> Self {
        let Adapters { store: erased, providers, roles, log, seal, clock, random } = adapters;
        let core = Arc::new_cyclic(|this| Core {
            this: this.clone(),
            admin: administration.map(|administration| Arc::new(administration.into())),
            keys: KeyTable::new(erased.clone(), settings.caches),
            objects: ObjectTable::new(erased.clone()),
            directory: Directory::new(erased.clone(), seal.clone()),
            header_keys: HeaderKeys::new(erased.clone(), seal.clone()),
            usage: Usage::new(clock.now()),
            messages: Messages::default(),
            pairs: KeyPairs::new(),
            limits: Limits::new(settings.rates),
            metrics: Metrics::new(),
            settled: Mutex::default(),
            request_ids: RequestIds::default(),
            alias_changes: tokio::sync::Mutex::default(),
            settings,
            store: erased,
            reads: store,
            providers: Providers::new(providers, roles),
            log,
            seal,
            clock,
            random,
        });
        Self { core }
    }

    /// Does an operation for a caller: the one way in.
    ///
    /// # Errors
    /// What the gate and the operation say; `Unavailable` if it could not be recorded, whatever else it did.
    pub async fn call<O: Operation>(&self, cx: CallContext, operation: O) -> Result<O::Output> {
        let call = run_call(self.core.clone(), Arc::new(cx), operation);
        if O::EFFECT != Effect::Change {
            return call.await;
        }
        // A change goes on when the caller goes away: half of one would be worse than an answer nobody reads.
        tokio::spawn(call).await.map_err(Error::internal)?
    }

    /// Records a call that a known caller got wrong before it named an operation that could be decided on.
    ///
    /// # Errors
    /// Gives back `error`, or `Unavailable` if it could not be recorded.
    pub async fn reject(&self, cx: CallContext, operation: &'static str, error: Error) -> Error {
        let core = &self.core;
        // As many as calls that are right, so that a broken or hostile client can't fill the disk with its mistakes.
        if let Err(throttled) = core.limits.check(&cx.caller.identity) {
            self.refuse(cx.front, &throttled);
            return throttled;
        }
        let mut record = Record::begin(
            core.log.clone(),
            core.clock.clone(),
            operation,
            Arc::new(cx.clone()),
            &Params::default(),
        );
        core.metrics.record(operation, cx.front, error.reason().name(), Duration::ZERO);
        let recorded = match record.finish(error.reason().name()) {
            Ok(seq) => core.log.settled(seq).await,
            Err(failed) => Err(failed),
        };
        match recorded {
            Ok(()) => error,
            Err(failed) => failed.into(),
        }
    }

    /// Counts a request of a stranger. It leaves no record of its own, so that nobody can fill the disk; the counts do,
    /// once a minute.
    pub fn refuse(&self, front: &'static str, error: &Error) {
        self.core.metrics.refused(front, error.reason().name());
    }

    /// Who there is, for verifying wire credentials.
    pub fn directory(&self) -> &Directory {
        &self.core.directory
    }

    /// The configuration.
    pub fn settings(&self) -> &Settings {
        &self.core.settings
    }

    /// The current time.
    pub fn clock(&self) -> &dyn Clock {
        &*self.core.clock
    }

    /// The id of a new request.
    pub fn request_id(&self) -> RequestId {
        self.core.request_ids.next(&*self.core.random)
    }

    /// What `/metrics` shows.
    pub fn metrics(&self) -> &Metrics {
        &self.core.metrics
    }

    /// The ARN of something in `account`, by its path: `key/<id>`, `alias/<name>`.
    pub fn arn(&self, account: AccountId, path: &str) -> String {
        self.core.arn(account, path)
    }

    /// Whether calls can be served now; the text says why not.
    ///
    /// # Errors
    /// What is out of order.
    pub async fn ready(&self) -> Result<(), String> {
        if !self.core.log.healthy() {
            return Err("the audit log can't be written".to_owned());
        }
        self.core.store.health().await
    }

    /// How each provider is, in the order of the configuration; the metrics say it from then on, too. One that can't be
    /// used is no reason not to serve what the others hold.
    pub fn providers(&self) -> Vec<(ProviderName, ProviderState)> {
        let state = |provider: &Arc<dyn Provider>| {
            let state = self.core.providers.state(&**provider);
            self.core.metrics.provider(provider.name(), state == ProviderState::Usable);
            (provider.name().clone(), state)
        };
        self.core.providers.all().iter().map(state).collect()
    }

    /// After a start: tells the audit log what became of the changes that it announced and whose end it does not
    /// know. `open` are their ids, found in the log.
    ///
    /// # Errors
    /// If log or store can't be used.
    pub async fn reconcile(&self, open: Vec<RequestId>) -> Result<usize> {
        let core = &self.core;
        let made = core.store.outcomes().await?;
        let mut last = None;
        let count = open.len();
        for request in open {
            let outcome = if made.contains(&request) { "committed" } else { "not-committed" };
            let detail = BTreeMap::from([("request", request.to_string()), ("outcome", outcome.to_owned())]);
            last = Some(core.log.append(&service_event("reconciled", &detail, core.clock.now()))?);
        }
        if let Some(seq) = last {
            core.log.durable(seq).await?;
        }
        self.forget_outcomes(made).await?;
        Ok(count)
    }

    /// Lets the store forget the outcomes that the audit log knows for good. Called now and then.
    ///
    /// # Errors
    /// If log or store can't be used.
    pub async fn settle_outcomes(&self) -> Result<()> {
        let settled = std::mem::take(&mut *self.core.settled.lock().unwrap_or_else(PoisonError::into_inner));
        let Some((last, _)) = settled.last() else { return Ok(()) };
        self.core.log.durable(*last).await?;
        self.forget_outcomes(settled.into_iter().map(|(_, request)| request).collect()).await
    }

    /// Keys for which something is due, and the context in which the service's own worker does it.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn due_keys(&self, limit: usize) -> Result<Vec<(CallContext, KeyId)>> {
        let due = self.core.store.due_keys(self.core.clock.now(), limit).await?;
        due.into_iter().map(|key| Ok((self.worker_context()?, key))).collect()
    }

    /// Managed objects whose date has come, and the context in which the service's own worker sees to it.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn due_objects(&self, limit: usize) -> Result<Vec<(CallContext, ObjectId)>> {
        let due = self.core.store.due_objects(self.core.clock.now(), limit).await?;
        due.into_iter().map(|object| Ok((self.worker_context()?, object))).collect()
    }

    /// Import jobs that have expired, and the context in which the service's own worker takes their keys away.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn expired_import_jobs(&self, limit: usize) -> Result<Vec<(CallContext, ImportJobId)>> {
        let expired = self.core.store.expired_import_jobs(self.core.clock.now(), limit).await?;
        expired.into_iter().map(|job| Ok((self.worker_context()?, job))).collect()
    }

    fn worker_context(&self) -> Result<CallContext> {
        self.own_context("claviger-worker", "worker", Standing::Worker)
    }

    pub(crate) fn own_context(
        &self,
        name: &'static str,
        front: &'static str,
        standing: Standing,
    ) -> Result<CallContext> {
        let core = &self.core;
        let principal = Principal {
            id: PrincipalId::from_bytes([0; 16]),
            project: core.settings.account,
            name: name.parse().map_err(|_| Error::internal("a name of ours is not one"))?,
            disabled: false,
            created: core.clock.now(),
            revision: Revision::NEW,
        };
        let identity = Identity { principal, arn: name.replacen('-', ":", 1).into(), policies: Vec::new() };
        Ok(CallContext {
            caller: Caller::service(
                Arc::new(identity),
                "worker".parse().map_err(|_| Error::internal("worker"))?,
                standing,
            ),
            request: self.request_id(),
            front,
            peer: None,
            secure: true,
            deadline: core.settings.deadline,
            dry_run: false,
        })
    }

    /// Records something about the service itself.
    ///
    /// # Errors
    /// If the log can't be written.
    pub async fn note(&self, event: &'static str, detail: BTreeMap<&'static str, String>) -> Result<()> {
        let seq = self.core.log.append(&service_event(event, &detail, self.core.clock.now()))?;
        Ok(self.core.log.durable(seq).await?)
    }

    pub(crate) async fn forget_outcomes(&self, outcomes: Vec<RequestId>) -> Result<()> {
        self.core.forget_outcomes(outcomes).await
    }
}

async fn run_call<O: Operation>(core: Arc<Core>, cx: Arc<CallContext>, operation: O) -> Result<O::Output> {
    let started = Instant::now();
    let _in_flight = InFlight::enter(&core.metrics);
    let mut record =
        Record::begin(core.log.clone(), core.clock.clone(), O::NAME, cx.clone(), &operation.params());
    let answer = match within(cx.deadline, pin!(attempt(&core, &cx, &operation, &mut record))).await {
        Ok(answer) => answer,
        Err(_) => Err(Error::new(Reason::Timeout, "The call was not done in time.")),
    };
    let outcome = answer.as_ref().map_or_else(|error| error.reason().name(), |_| "Ok");
    core.metrics.record(O::NAME, cx.front, outcome, started.elapsed());
    if answer.is_ok() && O::EFFECT == Effect::Use {
        core.note_usage::<O>(&cx, &record);
    }
    let seq = record.finish(outcome)?;
    if O::EFFECT == Effect::Change && record.intent().is_some() {
        // The intent is durable and so is the change; this record goes with the next group, or is made up for at the
        // next start.
        if answer.is_ok() {
            core.settled.lock().unwrap_or_else(PoisonError::into_inner).push((seq, cx.request));
        }
        return answer;
    }
    core.log.settled(seq).await?;
    answer
}

async fn attempt<O: Operation>(
    core: &Core,
    cx: &CallContext,
    operation: &O,
    record: &mut Record,
) -> Result<O::Output> {
    // What strangers bring about must not use up what callers may do.
    if !cx.caller.is_publisher() {
        core.limits.check(&cx.caller.identity)?;
    }
    let mut attempts = 1;
    loop {
        let proof = operation.authorize(&mut Gate { core, cx, record: &mut *record }).await?;
        if cx.dry_run {
            return Err(Error::new(
                Reason::DryRun,
                "The request would have succeeded, but the DryRun option is set.",
            ));
        }
        if O::EFFECT == Effect::Change && record.intent().is_none() {
            record.intend()?;
        }
        let scope = Scope { core, cx, record: Mutex::new(&mut *record), unstored: Unstored::default() };
        let answer = operation.run(proof, &scope).await;
        if answer.is_err() {
            core.discard(&scope.unstored).await;
        }
        match answer {
            Err(error) if error.reason() == Reason::ConcurrentChange && attempts < ATTEMPTS => attempts += 1,
            answer => return answer,
        }
    }
}

impl Core {
    /// The decision on one action and one target, with every policy that has a say in it.
    pub(crate) fn decide<A: Action>(
        &self,
        identity: &Identity,
        cx: &CallContext,
        target: Target<'_>,
        params: &Params<'_>,
    ) -> Verdict {
        // What grants allow is done all the time; telling why each time would cost more than the decision.
        let tell = Tell::unless_allowed(A::GRANT.is_some());
        self.decide_on(ActionInfo::of::<A>(), tell, identity, cx, target, params)
    }

    /// The same for an action that is known only by its description.
    pub(crate) fn decide_on(
        &self,
        action: ActionInfo,
        tell: Tell,
        identity: &Identity,
        cx: &CallContext,
        target: Target<'_>,
        params: &Params<'_>,
    ) -> Verdict {
        let facts = RequestFacts { identity, cx, target, params, now: self.clock.now() };
        let (service, name) = action.name.split_once(':').unwrap_or(("kms", action.name));
        let Target { account, path, key, .. } = target;
        let request = AccessRequest {
            caller: PolicyCaller { account: identity.account(), arn: &identity.arn, is_root: false },
            action: PolicyAction::new(service, name),
            resource: Resource { service, region: self.settings.region.as_str(), account, path },
            facts: &facts,
        };
        let no_context = EncryptionContext::default();
        let context = params.encryption_context.unwrap_or(&no_context).pairs();
        let sources = Sources {
            identity: &identity.policies,
            ring_policy: target.ring_policy(),
            key_policy: target.own_policy(),
            resource_account: account,
            grants: key.map_or(&[], |entry| &entry.grants),
            grant_operation: action.grant,
            context: action.takes_context.then_some(context as &dyn ContextPairs),
            delegation: params
                .grant_operations
                .map(|operations| Delegation { operations, constraint: params.grant_constraint }),
        };
        Verdict::of(&decide(&request, &sources), tell)
    }

    fn note_usage<O: Operation>(&self, cx: &CallContext, record: &Record) {
        let last = LastUse { time: self.clock.now(), operation: O::NAME, request: cx.request };
        for (key, version) in record.used_versions() {
            self.usage.touch(key, version, last);
        }
    }
}

/// A decision, told to the audit log where somebody will ask for it: for refusals and for what changes things, not for
/// every use of a key.
pub(crate) struct Verdict {
    pub(crate) allowed: bool,
    pub(crate) explicitly_denied: bool,
    pub(crate) why: Option<String>,
}

impl Verdict {
    fn of(decision: &Decision<'_>, tell: Tell) -> Self {
        let tell = !decision.allowed || matches!(tell, Tell::Always);
        Self {
            allowed: decision.allowed,
            explicitly_denied: matches!(decision.reason, claviger_access::Reason::Denied(_)),
            why: tell.then(|| text(&decision.reason)),
        }
    }
}

/// Text that is long enough to be worth the room beforehand.
fn text(reason: &claviger_access::Reason<'_>) -> String {
    let mut text = String::with_capacity(128);
    // Invariant: writing to a String does not fail.
    let _ = write!(text, "{reason}");
    text
}

/// Whether a decision is put into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tell {
    Always,
    Refusals,
}

impl Tell {
    fn unless_allowed(refusals_only: bool) -> Self {
        if refusals_only { Self::Refusals } else { Self::Always }
    }
}

/// Counts a call while it is served, however it ends.
struct InFlight<'a>(&'a Metrics);

impl<'a> InFlight<'a> {
    fn enter(metrics: &'a Metrics) -> Self {
        metrics.in_flight.inc();
        Self(metrics)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.dec();
    }
}
