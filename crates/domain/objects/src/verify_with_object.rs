use std::sync::Arc;

use claviger_core::{
    Authorized, Effect, Error, Gate, KeyProof, ObjectEntry, ObjectProof, Operation, Params, Result, Scope,
    actions,
};
use claviger_crypto::PublicKey;
use claviger_keys::Verify;

use crate::UseObject;

/// Checks a signature with a half of a key, or with a public key that is only kept.
pub struct VerifyWithObject {
    /// With which object, and what.
    pub verify: Arc<UseObject<Verify>>,
    /// Reads the public key in the value of what is only kept. Pure.
    pub decode: Arc<Decode>,
}

/// Reads the value of an object, of whatever form its front has kept it in.
pub type Decode = dyn Fn(&[u8]) -> Result<PublicKey> + Send + Sync;

/// The proof for [`VerifyWithObject`].
pub struct VerifyProof(Subject);

enum Subject {
    Key(KeyProof<actions::Verify>),
    Kept(Authorized<actions::Verify, Arc<ObjectEntry>>),
}

impl Operation for VerifyWithObject {
    type Proof = VerifyProof;
    type Output = ();
    const NAME: &'static str = Verify::NAME;
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        Params { object: Some(self.verify.id), ..self.verify.params() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<VerifyProof> {
        let id = self.verify.id;
        let is_kept = gate.record_of(id).await?.is_some_and(|entry| entry.object.key.is_none());
        if !is_kept {
            return self.verify.authorize(gate).await.map(|proof| VerifyProof(Subject::Key(proof)));
        }
        match gate.object::<actions::Verify, actions::Verify>(id, &self.params()).await? {
            ObjectProof::View { .. } => Err(Error::internal("an object that was only kept has become a key")),
            ObjectProof::Kept(kept) => {
                self.verify.check(kept.target())?;
                Ok(VerifyProof(Subject::Kept(kept)))
            }
        }
    }

    async fn run(&self, proof: VerifyProof, scope: &Scope<'_>) -> Result<()> {
        let kept = match proof.0 {
            Subject::Key(key) => return self.verify.run(key, scope).await.map(drop),
            Subject::Kept(kept) => kept,
        };
        let value = scope.kept_public_key(&kept)?;
        let (verify, decode) = (Arc::clone(&self.verify), Arc::clone(&self.decode));
        // It takes longer than a symmetric operation.
        let check = move || verify.operation.check_with(&decode(value.expose())?);
        tokio::task::spawn_blocking(check).await.map_err(Error::internal)?
    }
}
