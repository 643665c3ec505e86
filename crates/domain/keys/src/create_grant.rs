use claviger_core::{
    Effect, Error, Gate, KeyEntry, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_ports::Change;
use claviger_types::{Grant, GrantConstraint, GrantId, GrantOperation, GrantOperations, KeyUsage};

use crate::{GrantToken, principal_arn::parse_principal_arn};

/// The most grants that a key can have.
const MAX_GRANTS: usize = 50_000;
/// The most pairs of a constraint, and the most characters of a value.
const MAX_PAIRS: usize = 8;
const MAX_VALUE: usize = 384;

/// Lets a principal do some things with a key, without touching the key's policy.
pub struct CreateGrant {
    /// The key.
    pub key: KeyRef,
    /// ARN of the principal that may use the key.
    pub grantee: Box<str>,
    /// ARN of a principal that may retire the grant.
    pub retiring: Option<Box<str>>,
    /// What the grantee may do; at least one, and only what the key can do.
    pub operations: GrantOperations,
    /// What the encryption context of a call must be; only for symmetric encryption keys.
    pub constraint: Option<GrantConstraint>,
    /// A name that makes the call idempotent: a grant that is the same in everything is not made twice.
    pub name: Option<Box<str>>,
}

/// A grant that is there.
pub struct CreatedGrant {
    /// Its id.
    pub id: GrantId,
    /// A token for it, another one each time.
    pub token: String,
}

impl Operation for CreateGrant {
    type Proof = KeyProof<actions::CreateGrant>;
    type Output = CreatedGrant;
    const NAME: &'static str = "CreateGrant";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params {
            grant_constraint: self.constraint.as_ref(),
            grant_operations: Some(self.operations),
            grantee: Some(&self.grantee),
            retiring: self.retiring.as_deref(),
            ..Params::default()
        }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        self.check()?;
        let key: Self::Proof = gate.key(&self.key, &self.params()).await?;
        self.check_fits(key.target().key().usage)?;
        Ok(key)
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<CreatedGrant> {
        let entry = key.target();
        if let Some(known) = self.known(entry) {
            return Ok(created(known, scope));
        }
        if entry.grants.len() >= MAX_GRANTS {
            return Err(Error::new(Reason::Quota, "A key has at most 50,000 grants."));
        }
        let grant = Grant {
            id: new_grant_id(scope)?,
            key: entry.id(),
            grantee: self.grantee.clone(),
            retiring: self.retiring.clone(),
            operations: self.operations,
            constraint: self.constraint.clone(),
            name: self.name.clone(),
            issuer: scope.cx().caller.identity.arn.clone(),
            created: scope.now(),
            request: scope.cx().request,
        };
        let answer = created(&grant, scope);
        let mut changes = vec![Change::InsertGrant(grant)];
        if self.name.is_some() {
            // Nothing of the key changes, but of two calls with the same name at once one starts again and finds the
            // grant of the other.
            changes.push(Change::PutKey(entry.key().clone()));
        }
        scope.commit(&key, changes).await?;
        Ok(answer)
    }
}

impl CreateGrant {
    /// What can be said without the key.
    fn check(&self) -> Result<()> {
        parse_principal_arn(&self.grantee)?;
        self.retiring.as_deref().map_or(Ok(()), |retiring| parse_principal_arn(retiring).map(drop))?;
        if self.operations.is_empty() {
            return Err(Error::invalid("A grant has at least one operation."));
        }
        let named = |b: u8| b.is_ascii_alphanumeric() || b":/_-".contains(&b);
        if self
            .name
            .as_deref()
            .is_some_and(|name| !(1..=256).contains(&name.len()) || !name.bytes().all(named))
        {
            return Err(Error::invalid(
                "A grant's name has 1 to 256 letters, digits and characters of : / _ -",
            ));
        }
        let Some(GrantConstraint::ContextEquals(pairs) | GrantConstraint::ContextSubset(pairs)) =
            &self.constraint
        else {
            return Ok(());
        };
        if pairs.is_empty() || pairs.len() > MAX_PAIRS {
            return Err(Error::invalid("A grant's constraint has 1 to 8 encryption context pairs."));
        }
        match pairs.values().all(|value| value.chars().count() <= MAX_VALUE) {
            true => Ok(()),
            false => Err(Error::invalid("A value in a grant's constraint has at most 384 characters.")),
        }
    }

    fn check_fits(&self, usage: KeyUsage) -> Result<()> {
        let unfit = self.operations.iter().find(|operation| !fits(*operation, usage));
        if let Some(operation) = unfit {
            let (operation, usage) = (operation.name(), usage.policy_name());
            return Err(Error::invalid(format!(
                "Operation {operation} is not supported by a key with key usage {usage}."
            )));
        }
        // Only these keys have operations with an encryption context.
        match self.constraint.is_none() || usage == KeyUsage::Encrypt {
            true => Ok(()),
            false => Err(Error::invalid(
                "Encryption context constraints are supported only for symmetric encryption keys.",
            )),
        }
    }

    /// A grant with the same name and the same content.
    fn known<'a>(&self, entry: &'a KeyEntry) -> Option<&'a Grant> {
        self.name.as_ref()?;
        let same = |grant: &&Grant| {
            grant.name == self.name
                && grant.grantee == self.grantee
                && grant.retiring == self.retiring
                && grant.operations == self.operations
                && grant.constraint == self.constraint
        };
        entry.grants.iter().map(|grant| &**grant).find(same)
    }
}

/// Whether an operation can be done with keys of this usage at all.
fn fits(operation: GrantOperation, usage: KeyUsage) -> bool {
    use GrantOperation as Op;
    match operation {
        Op::CreateGrant | Op::DescribeKey | Op::RetireGrant => true,
        Op::Decrypt | Op::Encrypt | Op::ReEncryptFrom | Op::ReEncryptTo => {
            matches!(usage, KeyUsage::Encrypt | KeyUsage::AsymmetricDecrypt)
        }
        Op::GenerateDataKey
        | Op::GenerateDataKeyPair
        | Op::GenerateDataKeyPairWithoutPlaintext
        | Op::GenerateDataKeyWithoutPlaintext => usage == KeyUsage::Encrypt,
        Op::DeriveSharedSecret => usage == KeyUsage::KeyAgreement,
        Op::GenerateMac | Op::VerifyMac => usage == KeyUsage::Mac,
        Op::GetPublicKey => {
            matches!(usage, KeyUsage::AsymmetricDecrypt | KeyUsage::KeyAgreement | KeyUsage::Sign)
        }
        Op::Sign | Op::Verify => usage == KeyUsage::Sign,
    }
}

fn new_grant_id(scope: &Scope<'_>) -> Result<GrantId> {
    hex::encode(scope.random().bytes::<32>()).parse().map_err(Error::internal)
}

fn created(grant: &Grant, scope: &Scope<'_>) -> CreatedGrant {
    let token = GrantToken { key: grant.key, grant: grant.id.clone(), nonce: scope.random().bytes() };
    CreatedGrant { id: grant.id.clone(), token: token.encode() }
}

#[cfg(test)]
mod tests;
