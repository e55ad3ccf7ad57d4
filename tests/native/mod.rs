//! Commands and queries against SQLite with D1's limits, natively: no network, no worker.

mod faults;
mod lists;
mod people;
mod plans;
mod pools;
mod score;
mod sign_in;
mod sqlite;
mod stage;
mod submit;
mod touches;
mod turns;
