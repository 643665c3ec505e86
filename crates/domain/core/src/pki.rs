//! What certificate authorities need of the pipeline: proofs about them, signatures of what they publish, and reads for
//! strangers.

use std::sync::Arc;

use claviger_types::{
    AccountId, AuthorityName, Certificate, CertificateAuthority, CertificateSerial, IssuerId, RevocationList,
    SigningInput,
};

use crate::{
    Action, Authorized, CallContext, Error, Gate, KeyEntry, Params, ProjectTarget, Reason, Result, Scope,
    Service, actions, service::Core, status_document::StatusDocument,
};

/// An issuer with all that is needed to publish what it has revoked.
pub struct Publisher {
    /// Its authority.
    pub authority: Arc<CertificateAuthority>,
    /// Which of the authority's issuers.
    pub issuer: IssuerId,
    key: Arc<KeyEntry>,
}

impl Gate<'_> {
    /// Authorizes `A` on an authority of the caller's project.
    ///
    /// # Errors
    /// `Denied`; `NotFound` for callers who may list authorities, or do `A` to one of that name.
    pub async fn authority<A: Action>(
        &mut self,
        name: &AuthorityName,
        params: &Params<'_>,
    ) -> Result<Authorized<A, Arc<CertificateAuthority>>> {
        let account = self.cx.caller.identity.account();
        let path = authority_path(name);
        let decision = self.decide_path::<A>(account, &path, params);
        let allowed = decision.allowed;
        let found = match allowed {
            true => self.core.store.authority_named(account, name).await?,
            false => None,
        };
        match found {
            Some(authority) => {
                self.record.decided(decision.why);
                Ok(Authorized::new(Arc::new(authority)))
            }
            None if allowed
                || self.may_list_authorities(account) && self.is_absent(account, name).await? =>
            {
                Err(Error::new(Reason::NotFound, format!("There is no certificate authority '{name}'.")))
            }
            None => Err(self.denied::<A>(decision, &path, account)),
        }
    }

    /// Authorizes `A` on an authority that the caller wants to make, whether its name is taken or not.
    ///
    /// # Errors
    /// `Denied`.
    pub fn new_authority<A: Action>(
        &mut self,
        name: &AuthorityName,
        params: &Params<'_>,
    ) -> Result<Authorized<A, ProjectTarget>> {
        let account = self.cx.caller.identity.account();
        let path = authority_path(name);
        let decision = self.decide_path::<A>(account, &path, params);
        if !decision.allowed {
            return Err(self.denied::<A>(decision, &path, account));
        }
        self.record.decided(decision.why);
        Ok(Authorized::new(ProjectTarget(account)))
    }

    /// The name of the authority that an issuer is of, if that is one of the caller's project. It decides nothing: the
    /// authority has yet to be authorized.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn authority_with(&self, issuer: IssuerId) -> Result<Option<AuthorityName>> {
        let found = self.core.store.authority_of(issuer).await?;
        let own = found.filter(|authority| authority.project == self.cx.caller.identity.account());
        Ok(own.map(|authority| authority.name))
    }

    /// Authorizes the service itself, and nobody else, to publish what an issuer has revoked.
    ///
    /// # Errors
    /// `Denied` for every other caller; `NotFound`; what the state of the issuer's key says.
    pub async fn publication(
        &mut self,
        issuer: IssuerId,
    ) -> Result<Authorized<actions::PublishRevocations, Publisher>> {
        if !self.cx.caller.is_publisher() {
            return Err(Error::new(Reason::Denied, "Only the service itself publishes revocations."));
        }
        let absent = || Error::new(Reason::NotFound, "There is no such issuer.");
        let authority = self.core.store.authority_of(issuer).await?.ok_or_else(absent)?;
        let signer = authority.issuer(issuer).ok_or_else(absent)?;
        self.record.target(signer.key);
        let key = self.core.keys.entry(signer.key).await?.ok_or_else(absent)?;
        let needs = actions::PublishRevocations::NEEDS;
        key.check(needs, Some(signer.version), || self.core.key_arn(&key))?;
        Ok(Authorized::new(Publisher { authority: Arc::new(authority), issuer, key }))
    }

    fn may_list_authorities(&self, account: AccountId) -> bool {
        let params = Params::default();
        self.decide_path::<actions::ListCertificateAuthorities>(account, "*", &params).allowed
    }

    async fn is_absent(&self, account: AccountId, name: &AuthorityName) -> Result<bool> {
        Ok(self.core.store.authority_named(account, name).await?.is_none())
    }
}

impl Scope<'_> {
    /// Signs a revocation list or the status of a certificate, and nothing else: strangers bring this about.
    ///
    /// # Errors
    /// As for any use of a key; `Internal` if the issuer is not of its authority.
    pub async fn sign_status(
        &self,
        publisher: &Authorized<actions::PublishRevocations, Publisher>,
        document: &StatusDocument<'_>,
    ) -> Result<Vec<u8>> {
        let Publisher { authority, issuer, key } = publisher.target();
        let issuer = authority.issuer(*issuer).ok_or_else(|| Error::internal("no such issuer"))?;
        let input = SigningInput::Message(document.der());
        self.sign_with(key, Some(issuer.version), issuer.algorithm, input).await
    }

    /// Tells the audit log which certificate the call has made.
    pub fn issued(&self, serial: &CertificateSerial) {
        self.with_record(|record| record.issued(serial.to_string()));
    }
}

/// What everybody may know: the certificates of authorities, and the status of what they issued. These reads leave no
/// record, so that strangers can't fill the audit log.
pub struct Published<'a> {
    core: &'a Core,
}

impl Published<'_> {
    /// The authority that an issuer is of.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn authority_of(&self, issuer: IssuerId) -> Result<Option<CertificateAuthority>> {
        Ok(self.core.store.authority_of(issuer).await?)
    }

    /// The newest revocation list of an issuer.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn revocation_list(&self, issuer: IssuerId) -> Result<Option<RevocationList>> {
        Ok(self.core.store.revocation_list(issuer).await?)
    }

    /// A certificate of an authority.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn certificate(
        &self,
        authority: &CertificateAuthority,
        serial: &CertificateSerial,
    ) -> Result<Option<Certificate>> {
        Ok(self.core.store.certificate(authority.id, serial).await?)
    }
}

impl Service {
    /// What everybody may read of certificate authorities.
    pub fn published(&self) -> Published<'_> {
        Published { core: &self.core }
    }

    /// The context in which the service itself publishes what issuers have revoked, and can do nothing else.
    ///
    /// # Errors
    /// `Internal`.
    pub fn publisher_context(&self, front: &'static str) -> Result<CallContext> {
        self.own_context("claviger-publisher", front, crate::context::Standing::Publisher)
    }

    /// Issuers whose next revocation list is due.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn due_revocation_lists(&self, limit: usize) -> Result<Vec<IssuerId>> {
        Ok(self.core.store.due_revocation_lists(self.core.clock.now(), limit).await?)
    }

    /// The ARN of an authority.
    pub fn authority_arn(&self, account: AccountId, name: &AuthorityName) -> String {
        self.core.arn_of("claviger", account, &authority_path(name))
    }
}

fn authority_path(name: &AuthorityName) -> String {
    format!("certificate-authority/{name}")
}
