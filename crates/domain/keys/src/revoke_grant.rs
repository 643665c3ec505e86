use claviger_core::{
    Effect, Error, Gate, KeyProof, KeyRef, Operation, Params, Reason, Result, Scope, actions,
};
use claviger_ports::Change;
use claviger_types::GrantId;

/// Takes back a grant, by those who administer the key.
pub struct RevokeGrant {
    /// The key.
    pub key: KeyRef,
    /// The grant.
    pub grant: GrantId,
}

impl Operation for RevokeGrant {
    type Proof = KeyProof<actions::RevokeGrant>;
    type Output = ();
    const NAME: &'static str = "RevokeGrant";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { grant: Some(self.grant.as_str()), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.key(&self.key, &self.params()).await
    }

    async fn run(&self, key: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        let entry = key.target();
        if entry.grants.iter().all(|grant| grant.id != self.grant) {
            let arn = scope.key_arn(entry);
            return Err(Error::new(
                Reason::NotFound,
                format!("Grant {} on key {arn} does not exist", self.grant),
            ));
        }
        scope.commit(&key, vec![Change::DeleteGrant(entry.id(), self.grant.clone())]).await
    }
}
