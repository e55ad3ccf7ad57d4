//! Commands and queries against SQLite with D1's limits, natively: no network, no worker.

mod faults;
mod lists;
mod model;
mod plans;
mod score;
mod sqlite;
mod stage;
mod submit;
mod touches;
mod turns;
