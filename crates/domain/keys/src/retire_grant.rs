use claviger_core::{Effect, Gate, KeyProof, Operation, Params, Result, Scope, actions};
use claviger_ports::Change;
use claviger_types::{GrantId, KeyId};

use crate::GrantToken;

/// Takes back a grant, by those whom the grant itself allows it.
pub struct RetireGrant {
    /// The key of the grant.
    pub key: KeyId,
    /// The grant.
    pub grant: GrantId,
}

impl RetireGrant {
    /// By a token of the grant.
    ///
    /// # Errors
    /// `InvalidGrantToken`.
    pub fn by_token(token: &str) -> Result<Self> {
        let GrantToken { key, grant, .. } = GrantToken::parse(token)?;
        Ok(Self { key, grant })
    }
}

impl Operation for RetireGrant {
    type Proof = KeyProof<actions::RetireGrant>;
    type Output = ();
    const NAME: &'static str = "RetireGrant";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { grant: Some(self.grant.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.retire_grant(self.key, &self.grant, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        scope.commit(&key, vec![Change::DeleteGrant(self.key, self.grant.clone())]).await
    }
}
