use claviger_core::{
    Authorized, Effect, Error, Gate, KeyEntry, KeyProof, KeyRef, KeyRefName, Operation, Params, Reason,
    Result, Scope, actions,
};
use claviger_ports::Change;
use claviger_types::AliasName;

/// The most aliases that a key can have.
const MAX_ALIASES: usize = 50;

/// Gives a key another name.
pub struct CreateAlias {
    /// The name, free in the caller's project.
    pub alias: AliasName,
    /// The key, by its id.
    pub key: KeyRef,
}

impl Operation for CreateAlias {
    type Proof = (Authorized<actions::CreateAlias, AliasName>, KeyProof<actions::CreateAlias>);
    type Output = ();
    const NAME: &'static str = "CreateAlias";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { alias: Some(&self.alias), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        if self.alias.is_reserved() {
            return Err(Error::new(
                Reason::InvalidAliasName,
                "An alias can't begin with alias/aws/, which is reserved.",
            ));
        }
        check_target(&self.key)?;
        // `kms:RequestAlias` asks by what name a key is used, not what name it gets.
        let params = Params::default();
        Ok((gate.alias(&self.alias, &params)?, gate.own_key(&self.key, &params).await?))
    }

    async fn run(&self, (_, key): Self::Proof, scope: &Scope<'_>) -> Result<()> {
        let entry = key.target();
        let project = entry.project();
        let name = self.alias.to_key_name();
        if scope.reads(&key).key_named(project, &name).await?.is_some() {
            let arn = scope.arn(project, &format!("alias/{}", self.alias));
            return Err(Error::new(
                Reason::AlreadyExists,
                format!("An alias with the name {arn} already exists"),
            ));
        }
        if entry.record.aliases.len() >= MAX_ALIASES {
            return Err(Error::new(Reason::Quota, "A key has at most 50 aliases."));
        }
        let insert = Change::InsertName { project, name, key: entry.id(), created: scope.now() };
        // The key is written again, though nothing of it changes, so that of two changes of its aliases at once one
        // starts again.
        scope.commit(&key, vec![Change::PutKey(entry.key().clone()), insert]).await
    }
}

/// Starts again if the alias was moved after its key was looked up: the permission was decided on another key.
pub(crate) fn check_still_named(entry: &KeyEntry, alias: &AliasName) -> Result<()> {
    match entry.record.aliases.contains(alias) {
        true => Ok(()),
        false => Err(Error::new(Reason::ConcurrentChange, "The alias was changed meanwhile.")),
    }
}

/// Refuses an alias as the target of an alias.
pub(crate) fn check_target(key: &KeyRef) -> Result<()> {
    match key.name {
        KeyRefName::Id(_) | KeyRefName::Ring(..) => Ok(()),
        KeyRefName::Alias(_) => Err(Error::invalid("Aliases must refer to keys. Not aliases")),
    }
}

#[cfg(test)]
mod tests;
