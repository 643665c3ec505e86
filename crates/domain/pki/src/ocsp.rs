//! The Online Certificate Status Protocol (RFC 6960), as lightweight as RFC 5019 makes it: one certificate in a request,
//! answers that are signed ahead and shared, no nonces.

mod request;
mod responder;
mod response;
mod sign_status;

pub use request::{MAX_REQUEST, StatusRequest};
pub use responder::{Responder, StatusAnswer};
pub use response::Refusal;
pub use sign_status::{SignCertificateStatus, SignedStatus};
