//! What the worker writes to its log: a line of JSON for each request, and nothing about the person.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Client, visitor};
use crate::server::{Disk, Server, State};

/// The lines about requests, once there are `count` of them.
fn requests(file: &std::path::Path, count: usize) -> (String, Vec<Value>) {
    let begun = Instant::now();
    loop {
        let text = fs::read_to_string(file).unwrap();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let requests: Vec<Value> = lines.filter(|line| line["event"] == "request").collect();
        if requests.len() >= count || begun.elapsed() > Duration::from_secs(10) {
            return (text, requests);
        }
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_log_tells_of_each_request_and_of_nobody() {
    let state = State::new(Disk::Memory);
    let (server, file) = Server::start_logged(&state, &json!({}));
    let client = Client::new(&server, &state);
    let values = visitor(4711);
    assert_eq!(client.submit(&values, "a-key-of-the-caller").unwrap().status, 202);
    assert_eq!(client.leads().len(), 1);
    let (text, requests) = requests(&file, 2);
    assert_eq!(requests.len(), 2, "{text}");
    let submitted = &requests[0];
    assert_eq!(submitted["route"], "/f/{form_key}");
    assert_eq!((submitted["method"].as_str(), submitted["status"].as_u64()), (Some("POST"), Some(202)));
    assert!(submitted["request_id"].as_str().is_some_and(|id| id.len() == 36), "{submitted}");
    assert!(submitted["rows_written"].as_u64().is_some_and(|rows| rows > 0), "{submitted}");
    for name in ["first_name", "last_name", "company_name", "email", "phone"] {
        let value = values[name].as_str().unwrap();
        assert!(!text.contains(value), "{name} is in the log");
    }
    assert!(!text.contains("a-key-of-the-caller") && !text.contains("sk_"), "a key is in the log");
}
