//! IAM policies of Cloud KMS ⇄ IAM policy documents, the one language that decides here.

pub(crate) mod compile;
pub(crate) mod condition;
pub(crate) mod roles;
