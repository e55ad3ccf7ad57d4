//! Commands and queries against SQLite with D1's limits, natively: no network, no worker.

mod activities;
mod audit;
mod faults;
mod lists;
mod plans;
mod plans_history;
mod score;
mod score_history;
mod sqlite;
mod stage;
mod submit;
mod timelines;
mod touches;
mod turns;
