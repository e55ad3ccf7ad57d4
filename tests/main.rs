//! One binary for the tests that reach over crates, a module for each way in.
//!
//! `vectors` runs anywhere; `workerd` needs a built worker, which `cargo xtask test http` provides.

#[cfg(test)]
mod server;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod workerd;
