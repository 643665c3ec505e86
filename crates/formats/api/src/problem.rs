use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ProblemKind;

/// Why a call was not done (RFC 9457, `application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `about:blank`: `kind` and `reason` tell problems apart.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// The reason phrase of the status.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// What is wrong, for people.
    pub detail: String,
    /// What a caller can do about it.
    pub kind: ProblemKind,
    /// What exactly happened: as the audit log calls it.
    pub reason: String,
    /// The call, also in the audit log.
    pub request_id: String,
}
