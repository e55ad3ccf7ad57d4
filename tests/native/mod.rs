//! Commands and queries against SQLite with D1's limits, natively: no network, no worker.

mod activities;
mod audit;
mod faults;
mod lists;
mod people;
mod plans;
mod plans_history;
mod pools;
mod score;
mod score_history;
mod sign_in;
mod sqlite;
mod stage;
mod submit;
mod timelines;
mod touches;
mod turns;
