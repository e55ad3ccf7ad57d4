//! What only the running system shows: the worker in workerd, over HTTP, with local D1.

mod api;
mod burst;
mod client;
mod exchange;
mod faults;
mod form;
mod health;
mod kill;
mod logs;
mod openapi;
mod pages;
mod rls;
mod vectors;
