//! Commands and queries against SQLite with D1's limits, natively: no network, no worker.

mod edits;
mod faults;
mod handovers;
mod lists;
mod moves;
mod plans;
mod score;
mod sqlite;
mod stage;
mod submit;
mod touches;
mod turns;
