//! Managed objects (KMIP 2.1 §2): keys with the life cycle, names and attributes that KMIP clients give them, and secrets,
//! certificates and other data that are only kept.
//!
//! An object whose key this installation can use is a view of a [`claviger_types::Key`]: every other front can use that key as well, and what
//! is changed there is seen here. Everything else is a value that is stored and given back.
#![forbid(unsafe_code)]

mod activate;
mod create;
mod describe;
mod destroy;
mod get;
mod locate;
mod maintain;
mod new_object;
mod policy;
mod register;
mod replace;
mod revoke;
mod transition;
mod update;
mod use_object;
mod verify_with_object;
mod view;

pub use activate::ActivateObject;
pub use create::{CreateObject, CreatedObjects};
pub use describe::DescribeObject;
pub use destroy::DestroyObject;
pub use get::{Content, Encode, GetObject, GotObject, Wrap};
pub use locate::LocateObjects;
pub use maintain::MaintainObject;
pub use new_object::NewObject;
pub use register::{RegisterKey, RegisterObject};
pub use replace::ReplaceObject;
pub use revoke::RevokeObject;
pub use update::UpdateObject;
pub use use_object::UseObject;
pub use verify_with_object::{Decode, VerifyWithObject};
pub use view::{KeyView, ObjectView};
