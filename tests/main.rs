//! One binary for the tests that reach over crates, a module for each way in.
//!
//! `catalogues`, `native`, `tidy` and `vectors` run anywhere; `workerd` needs a built worker, which `cargo xtask test http` provides.

#[cfg(test)]
mod catalogues;
#[cfg(test)]
mod native;
#[cfg(test)]
mod peer;
#[cfg(test)]
mod server;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod trail;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod workerd;
