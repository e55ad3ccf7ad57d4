//! What only the running system shows: the worker in workerd, over HTTP, with local D1.

mod burst;
mod client;
mod faults;
mod health;
mod kill;
mod logs;
mod vectors;
