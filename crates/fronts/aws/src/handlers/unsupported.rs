//! Operations of the API that are not offered here. They are refused before their request is read, and recorded.

use crate::{call::Call, error::Fault, reply::Answer};

pub(crate) async fn custom_key_stores(_call: &mut Call) -> Answer {
    Err(Fault::unsupported("Custom key stores are not supported.").into())
}

pub(crate) async fn encapsulation(_call: &mut Call) -> Answer {
    Err(Fault::unsupported("Key encapsulation is not supported.").into())
}

pub(crate) async fn multi_region(_call: &mut Call) -> Answer {
    Err(Fault::unsupported("Multi-Region keys are not supported.").into())
}
