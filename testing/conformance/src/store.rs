//! The contract of [`claviger_ports::Store`].
