use crate::{Gate, Params, Result, Scope};

/// Something that can be called: a value that says what it wants, gets its proofs at the gate, and then runs.
///
/// The pipeline is the same for all: decide, announce a change, run, record. An operation runs at most a few times:
/// again from the start if somebody else changed the same thing meanwhile.
pub trait Operation: Send + Sync + 'static {
    /// The proofs that it needs to run.
    type Proof: Send;
    /// What it answers.
    type Output: Send + 'static;
    /// Its name in the audit log and in metrics: that of the AWS API where there is one.
    const NAME: &'static str;
    /// What it does.
    const EFFECT: Effect;

    /// What policies decide on and the audit log records.
    fn params(&self) -> Params<'_>;

    /// Names its targets and gets a proof for each.
    fn authorize(&self, gate: &mut Gate<'_>) -> impl Future<Output = Result<Self::Proof>> + Send;

    /// Does it.
    fn run(&self, proof: Self::Proof, scope: &Scope<'_>)
    -> impl Future<Output = Result<Self::Output>> + Send;
}

/// What an operation does to the world, which decides how it is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It changes what is stored: announced before, and finished even if the caller goes away.
    Change,
    /// It reads.
    Read,
    /// It uses a key.
    Use,
}
