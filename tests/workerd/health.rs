//! The two questions a load balancer asks.

use serde_json::json;

use crate::server::{Disk, Server, State};

#[test]
fn a_fresh_worker_is_alive() {
    let state = State::new(Disk::Memory);
    let server = Server::start(&state, &json!({}));
    let answer = ureq::get(format!("{}/healthz", server.url())).call().unwrap();
    assert_eq!(answer.status(), 200);
}
