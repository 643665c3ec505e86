use claviger_core::{
    Authorized, Effect, Error, Gate, KeyProof, KeyRef, KeyRefName, Operation, Params, Result, Scope, actions,
};
use claviger_ports::Change;
use claviger_types::{AliasName, KeyState};

use crate::{
    create_alias::{check_still_named, check_target},
    state::refuse_state,
};

/// Gives an alias to another key of the same kind.
pub struct UpdateAlias {
    /// The alias.
    pub alias: AliasName,
    /// The key that it names from now on, by its id.
    pub key: KeyRef,
}

/// The proofs of [`UpdateAlias`].
pub struct UpdateAliasProof {
    _alias: Authorized<actions::UpdateAlias, AliasName>,
    old: KeyProof<actions::UpdateAlias>,
    new: KeyProof<actions::UpdateAlias>,
}

impl Operation for UpdateAlias {
    type Proof = UpdateAliasProof;
    type Output = ();
    const NAME: &'static str = "UpdateAlias";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { alias: Some(&self.alias), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        check_target(&self.key)?;
        let params = Params::default();
        let alias = gate.alias(&self.alias, &params)?;
        let named = KeyRef { account: None, name: KeyRefName::Alias(self.alias.clone()) };
        let old = gate.own_key(&named, &params).await?;
        let new = gate.own_key(&self.key, &params).await?;
        Ok(UpdateAliasProof { _alias: alias, old, new })
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<()> {
        let (old, new) = (proof.old.target(), proof.new.target());
        check_still_named(old, &self.alias)?;
        if new.key().state == KeyState::PendingDeletion {
            return Err(refuse_state(KeyState::PendingDeletion, &scope.key_arn(new)));
        }
        // The usage also tells symmetric, asymmetric and HMAC keys apart.
        if old.key().usage != new.key().usage {
            return Err(Error::invalid(
                "An alias can only be moved to a key of the same type and key usage.",
            ));
        }
        let project = new.project();
        let name = self.alias.to_key_name();
        let moved = Change::MoveName { project, name, key: new.id(), updated: scope.now() };
        // Both keys are written again, so that this starts again if the alias is moved meanwhile.
        let mut changes = vec![Change::PutKey(new.key().clone()), moved];
        if old.id() != new.id() {
            changes.push(Change::PutKey(old.key().clone()));
        }
        scope.commit(&proof.new, changes).await
    }
}
