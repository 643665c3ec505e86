//! The program from outside: started as a process, asked over its sockets, ended by signals.
#![cfg(test)]

mod client;
mod dev;
mod hsm;
mod hsm_keyslots;
mod http2;
mod init;
mod kmip;
mod kmip_keyslots;
mod limits;
mod metrics;
mod moving;
mod process;
mod serve;
mod shutdown;
