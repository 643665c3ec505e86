use std::net::IpAddr;

use claviger_access::{
    AccessRequest, Action as PolicyAction, Caller as PolicyCaller, Policy, Resource, lockout_check,
};
use claviger_types::{AccountId, KeyId, PrincipalId};

use crate::{
    Authorized, CallContext, Caller, Error, KeyEntry, KeyRef, KeyRefName, Params, ProjectTarget, Reason,
    Result, Scope, action::ActionInfo, actions, facts::RequestFacts, service::Tell, target::Target,
};

/// A question about what somebody may do.
pub struct Simulation<'a> {
    /// Who; of the project of the proof.
    pub principal: PrincipalId,
    /// The action, as policies write it: `kms:Encrypt`.
    pub action: &'a str,
    /// The key, if it is about one; of the same project.
    pub key: Option<&'a KeyRef>,
    /// The address that the call would come from.
    pub peer: Option<IpAddr>,
    /// What the call would ask for.
    pub params: Params<'a>,
}

/// The answer of the same code that decides on calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// Whether the call would be allowed. State and usage of the key are not looked at.
    pub allowed: bool,
    /// The statement or grant that decides, or what is missing.
    pub reason: String,
}

impl Scope<'_> {
    /// What the decision would be if another principal called, over an encrypted connection, now.
    ///
    /// That the retiring principal of a grant may retire it does not come from a policy and is not seen here.
    ///
    /// # Errors
    /// `InvalidRequest` for an action that does not exist, `NotFound` for a principal or key that is not the project's.
    pub async fn simulate(
        &self,
        proof: &Authorized<actions::SimulatePolicy, ProjectTarget>,
        question: &Simulation<'_>,
    ) -> Result<Simulated> {
        let ProjectTarget(project) = *proof.target();
        let action = ActionInfo::named(question.action)
            .ok_or_else(|| Error::invalid("There is no such action; policies write it as in kms:Encrypt."))?;
        let identity = self.core.directory.identity(question.principal).await?;
        let identity = identity
            .filter(|identity| identity.account() == project)
            .ok_or_else(|| Error::new(Reason::NotFound, "There is no such principal."))?;
        if identity.principal.disabled {
            return Ok(Simulated { allowed: false, reason: "the principal is disabled".to_owned() });
        }
        let entry = match question.key {
            Some(key) => Some(self.simulated_key(project, key).await?),
            None => None,
        };
        let path = entry.as_ref().map_or("*".to_owned(), |entry| format!("key/{}", entry.id()));
        let alias = question.key.and_then(|key| match &key.name {
            KeyRefName::Alias(alias) => Some(alias),
            KeyRefName::Id(_) | KeyRefName::Ring(..) => None,
        });
        let params = Params { alias: question.params.alias.or(alias), ..question.params };
        let cx = CallContext {
            caller: Caller::verified(identity.clone(), self.cx.caller.credential.clone(), "simulation"),
            peer: question.peer,
            secure: true,
            ..self.cx.clone()
        };
        let target = match &entry {
            Some(entry) => Target::key(entry, &path),
            None => Target::path(project, &path),
        };
        let verdict = self.core.decide_on(action, Tell::Always, &identity, &cx, target, &params);
        Ok(Simulated { allowed: verdict.allowed, reason: verdict.why.unwrap_or_default() })
    }

    /// Whether the caller, or those to whom the caller's account gives it, could change the policy of a key again if it
    /// were `policy`. `entry` is the key if it exists already.
    pub fn stays_manageable(
        &self,
        policy: &Policy,
        project: AccountId,
        key: KeyId,
        entry: Option<&KeyEntry>,
        params: &Params<'_>,
    ) -> bool {
        let identity = &*self.cx.caller.identity;
        let path = format!("key/{key}");
        let target = Target { key: entry, ..Target::path(project, &path) };
        let facts = RequestFacts { identity, cx: self.cx, target, params, now: self.now() };
        let request = AccessRequest {
            caller: PolicyCaller { account: identity.account(), arn: &identity.arn, is_root: false },
            action: PolicyAction::kms("PutKeyPolicy"),
            resource: Resource {
                service: "kms",
                region: self.core.settings.region.as_str(),
                account: project,
                path: &path,
            },
            facts: &facts,
        };
        lockout_check(policy, &request)
    }

    async fn simulated_key(&self, project: AccountId, key: &KeyRef) -> Result<std::sync::Arc<KeyEntry>> {
        let absent = || Error::new(Reason::NotFound, "There is no such key.");
        if key.account.is_some_and(|account| account != project) {
            return Err(absent());
        }
        let entry = self.core.keys.named(project, &key.name).await?;
        entry.filter(|entry| entry.project() == project).ok_or_else(absent)
    }
}
