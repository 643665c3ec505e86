//! What is peculiar to one database engine.

pub(crate) mod sqlite;
