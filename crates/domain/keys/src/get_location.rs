use claviger_core::{Effect, Gate, Operation, Params, Result, Scope};
use claviger_types::Region;

/// Where keys are. Everybody who is known may ask: the answer is part of every name.
pub struct GetLocation;

impl Operation for GetLocation {
    type Proof = ();
    type Output = Region;
    const NAME: &'static str = "GetLocation";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params::default()
    }

    async fn authorize(&self, _gate: &mut Gate<'_>) -> Result<()> {
        Ok(())
    }

    async fn run(&self, (): (), scope: &Scope<'_>) -> Result<Region> {
        Ok(scope.settings().region.clone())
    }
}
