//! A database that fails before it commits, or after: the caller cannot know which, and a retry must be safe.

use serde_json::{Value, json};

use super::client::{Client, agent, visitor};
use crate::server::{Disk, Server, State};

fn fail(server: &Server, when: &str, count: u32) {
    let url = format!("{}/faults", server.control_url());
    let answer = agent().post(url).send_json(json!({ "when": when, "count": count })).unwrap();
    assert_eq!(answer.status(), 200);
}

/// What was asked of a watched database since it was told to forget.
pub(crate) fn calls(server: &Server) -> Vec<Value> {
    let mut answer = agent().get(format!("{}/calls", server.control_url())).call().unwrap();
    answer.body_mut().read_json().unwrap()
}

pub(crate) fn forget(server: &Server) {
    assert_eq!(agent().delete(format!("{}/calls", server.control_url())).call().unwrap().status(), 200);
}

/// Lets the next `count` writes fail, and retries with the same key until the submission is accepted.
fn converges(when: &str, count: u32, strikes: usize) {
    let state = State::new(Disk::Memory);
    let server = Server::start(&state, &json!({ "watch": {} }));
    let client = Client::new(&server, &state);
    fail(&server, when, count);
    let mut answers = Vec::new();
    while answers.last() != Some(&202) {
        assert!(answers.len() < 10, "never accepted: {answers:?}");
        let answer = client.submit(&visitor(1), "one-key").expect("an answer");
        assert!([202, 503].contains(&answer.status), "{answer:?}");
        answers.push(answer.status);
    }
    let struck = calls(&server).iter().filter(|call| call["fault"] == when).count();
    assert_eq!(struck, strikes, "{answers:?}");
    // Reading a key notes its use: that write shall not fail too.
    fail(&server, when, 0);
    let leads = client.leads();
    assert_eq!(leads.len(), 1, "{leads:?}");
}

#[test]
fn a_failure_before_the_commit_loses_nothing() {
    converges("before", 1, 1);
    converges("before", 8, 8);
}

#[test]
fn a_failure_after_the_commit_doubles_nothing() {
    converges("after", 1, 1);
    // The first write did commit: the next read recognises it, so that no second write is tried.
    converges("after", 8, 1);
}

#[test]
fn a_submission_makes_two_round_trips_and_stays_in_its_row_budget() {
    let state = State::new(Disk::Memory);
    let server = Server::start(&state, &json!({ "watch": {} }));
    let client = Client::new(&server, &state);
    // The first one fills the isolate's cache: form, policy.
    assert_eq!(client.submit(&visitor(1), "first").unwrap().status, 202);
    for n in 2..6 {
        forget(&server);
        assert_eq!(client.submit(&visitor(n), &format!("key-{n}")).unwrap().status, 202);
        let calls = calls(&server);
        let sum = |name: &str| calls.iter().map(|call| call[name].as_u64().unwrap()).sum::<u64>();
        assert_eq!(calls.len(), 2, "{calls:?}");
        assert!(sum("rows_read") <= 50 && sum("rows_written") <= 16, "{calls:?}");
    }
}
