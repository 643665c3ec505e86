mod admission;
mod coverage;
mod crypto;
mod import;
mod lifecycle;
mod permissions;
