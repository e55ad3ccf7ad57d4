//! Commands and queries against SQLite with D1's limits, natively: no network, no worker.

mod faults;
mod lists;
mod opportunities;
mod opportunity_lists;
mod plans;
mod plans_sales;
mod score;
mod sqlite;
mod stage;
mod submit;
mod totals;
mod touches;
mod turns;
