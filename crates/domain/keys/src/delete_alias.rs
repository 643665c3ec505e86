use claviger_core::{
    Authorized, Effect, Gate, KeyProof, KeyRef, KeyRefName, Operation, Params, Result, Scope, actions,
};
use claviger_ports::Change;
use claviger_types::AliasName;

use crate::create_alias::check_still_named;

/// Takes a name off a key.
pub struct DeleteAlias {
    /// The alias.
    pub alias: AliasName,
}

impl Operation for DeleteAlias {
    type Proof = (Authorized<actions::DeleteAlias, AliasName>, KeyProof<actions::DeleteAlias>);
    type Output = ();
    const NAME: &'static str = "DeleteAlias";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { alias: Some(&self.alias), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        let params = Params::default();
        let named = KeyRef { account: None, name: KeyRefName::Alias(self.alias.clone()) };
        Ok((gate.alias(&self.alias, &params)?, gate.own_key(&named, &params).await?))
    }

    async fn run(&self, (_, key): Self::Proof, scope: &Scope<'_>) -> Result<()> {
        let entry = key.target();
        check_still_named(entry, &self.alias)?;
        let gone = Change::DeleteName { project: entry.project(), name: self.alias.to_key_name() };
        // The key is written again, so that this starts again if the alias is moved meanwhile.
        scope.commit(&key, vec![Change::PutKey(entry.key().clone()), gone]).await
    }
}
