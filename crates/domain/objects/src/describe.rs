use claviger_core::{Effect, Gate, ObjectProof, Operation, Params, Result, Scope, actions};
use claviger_types::ObjectId;

use crate::ObjectView;

/// What there is to know of an object but its value.
pub struct DescribeObject {
    /// The object.
    pub id: ObjectId,
}

impl Operation for DescribeObject {
    type Proof = ObjectProof<actions::DescribeKey, actions::DescribeObject>;
    type Output = ObjectView;
    const NAME: &'static str = "DescribeObject";
    const EFFECT: Effect = Effect::Read;

    fn params(&self) -> Params<'_> {
        Params { object: Some(self.id), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        gate.object(self.id, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, _scope: &Scope<'_>) -> Result<ObjectView> {
        Ok(ObjectView::of(&proof))
    }
}
