use claviger_core::{
    Authorized, Effect, Error, Gate, Operation, Params, ProjectTarget, ProviderChoice, Result, Scope, actions,
};
use claviger_types::{ProtectionLevel, SecretBytes};

/// Random bytes.
pub struct GenerateRandom {
    /// How many, 1 to 1024.
    pub len: usize,
    /// What kind of provider draws them; the one whose part that is if absent.
    pub protection: Option<ProtectionLevel>,
}

impl Operation for GenerateRandom {
    type Proof = Authorized<actions::GenerateRandom, ProjectTarget>;
    type Output = SecretBytes;
    const NAME: &'static str = "GenerateRandom";
    const EFFECT: Effect = Effect::Use;

    fn params(&self) -> Params<'_> {
        Params { number_of_bytes: Some(self.len), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        if !(1..=1024).contains(&self.len) {
            return Err(Error::invalid("1 to 1024 bytes can be asked for."));
        }
        gate.project(&self.params())
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<SecretBytes> {
        match self.protection {
            Some(level) => scope.random_of(&proof, self.len, &ProviderChoice::Protected(level)).await,
            None => scope.random_key(&proof, self.len).await,
        }
    }
}
