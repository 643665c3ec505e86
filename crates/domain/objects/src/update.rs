use claviger_core::{Effect, Error, Gate, ObjectProof, Operation, Params, Reason, Result, Scope, actions};
use claviger_ports::Change;
use claviger_types::{ManagedObject, ObjectDates, ObjectId, ObjectState, Revision};

use crate::{
    NewObject, ObjectView,
    new_object::{check_attributes, check_dates, check_labels},
};

/// Replaces what clients say of an object.
pub struct UpdateObject {
    /// The object.
    pub id: ObjectId,
    /// The revision that the change was made from: that of [`DescribeObject`](crate::DescribeObject)'s answer.
    pub revision: Revision,
    /// What is said of it from now on. Dates that have come can't be changed, and sensitivity can only be added.
    pub object: NewObject,
}

impl Operation for UpdateObject {
    type Proof = ObjectProof<actions::UpdateKey, actions::UpdateObject>;
    type Output = ObjectView;
    const NAME: &'static str = "UpdateObject";
    const EFFECT: Effect = Effect::Change;

    fn params(&self) -> Params<'_> {
        Params { object: Some(self.id), ..Params::default() }
    }

    async fn authorize(&self, gate: &mut Gate<'_>) -> Result<Self::Proof> {
        check_labels("names", &self.object.names)?;
        check_labels("groups", &self.object.groups)?;
        check_attributes(&self.object.attributes)?;
        check_dates(self.object.activation, self.object.deactivation)?;
        gate.object(self.id, &self.params()).await
    }

    async fn run(&self, proof: Self::Proof, scope: &Scope<'_>) -> Result<ObjectView> {
        let object = proof.object();
        if object.revision != self.revision {
            return Err(Error::new(Reason::ConcurrentChange, "The object was changed by somebody else."));
        }
        if object.sensitive && !self.object.sensitive {
            return Err(Error::invalid("A sensitive object stays sensitive."));
        }
        // Not every such value can be wrapped, and what is sensitive leaves only so: nobody could read it again. Whoever registers it knows.
        if self.object.sensitive && !object.sensitive && object.key.is_none() {
            return Err(Error::invalid(
                "What is only kept is made sensitive when it is registered, or never.",
            ));
        }
        self.check_dates(object, proof.state(), scope)?;
        let changed = ManagedObject {
            usage_mask: self.object.usage_mask,
            names: self.object.names.clone(),
            groups: self.object.groups.clone(),
            sensitive: self.object.sensitive,
            dates: ObjectDates {
                activation: self.object.activation,
                deactivation: self.object.deactivation,
                ..object.dates
            },
            attributes: self.object.attributes.clone(),
            changed: scope.now(),
            ..object.clone()
        };
        proof.commit(scope, vec![Change::PutObject(changed.clone())]).await?;
        Ok(ObjectView { object: changed.stored(), ..ObjectView::of(&proof) })
    }
}

impl UpdateObject {
    /// A date by which the state is what it is stays; another must be in the future.
    fn check_dates(&self, object: &ManagedObject, state: ObjectState, scope: &Scope<'_>) -> Result<()> {
        let now = scope.now();
        let refused = || {
            Err(Error::invalid(
                "A date of the life cycle can only be set to the future, and before it has come.",
            ))
        };
        let activation = self.object.activation;
        if activation != object.dates.activation
            && (state != ObjectState::PreActive || activation.is_some_and(|at| at <= now))
        {
            return refused();
        }
        let deactivation = self.object.deactivation;
        let may_end = matches!(state, ObjectState::PreActive | ObjectState::Active);
        if deactivation != object.dates.deactivation && (!may_end || deactivation.is_some_and(|at| at <= now))
        {
            return refused();
        }
        Ok(())
    }
}
