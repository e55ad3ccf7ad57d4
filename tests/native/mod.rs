//! Commands and queries against SQLite with D1's limits, natively: no network, no worker.

mod accounts;
mod activities;
mod audit;
mod contacts;
mod erase;
mod faults;
mod lists;
mod opportunities;
mod opportunity_lists;
mod people;
mod plans;
mod plans_history;
mod plans_sales;
mod pools;
mod score;
mod score_history;
mod sign_in;
mod sqlite;
mod stage;
mod submit;
mod timelines;
mod totals;
mod touches;
mod turns;
