//! What only the running system shows: the worker in workerd, over HTTP, with local D1.

mod accounts;
mod activities;
mod api;
mod burst;
mod client;
mod exchange;
mod faults;
mod flow;
mod form;
mod form_guard;
mod health;
mod kill;
mod leads;
mod logs;
mod openapi;
mod opportunities;
mod pages;
mod people;
mod qualify;
mod rates;
mod readme;
mod rls;
mod sign_in;
mod vectors;
