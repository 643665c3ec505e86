//! Operations on keys through the whole pipeline, over a real store and provider.

mod crypto;
mod gokms;
mod lifecycle;
mod make;
mod pipeline;
mod rotation;
