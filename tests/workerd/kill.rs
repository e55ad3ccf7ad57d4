//! A power cut under load: what was acknowledged is there afterwards, once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Client, visitor};
use crate::server::{Disk, Server, State};

const KILLS: usize = 10;
const VISITORS_AT_ONCE: usize = 8;

#[test]
fn ten_kills_under_load_lose_no_acknowledged_lead_and_double_none() {
    let state = State::new(Disk::Real);
    let next = AtomicUsize::new(0);
    let mut acknowledged = Vec::new();
    for round in 0..KILLS {
        let server = Server::start(&state, &json!({}));
        let client = Client::new(&server, &state);
        let killed = AtomicBool::new(false);
        let submit = || {
            let mut mine = Vec::new();
            while !killed.load(Ordering::Relaxed) {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if client.submit(&visitor(n), &format!("visitor-{n}")).is_ok_and(|answer| answer.status == 202) {
                    mine.push(n);
                }
            }
            mine
        };
        thread::scope(|scope| {
            let visitors: Vec<_> = (0..VISITORS_AT_ONCE).map(|_| scope.spawn(submit)).collect();
            // Another moment each round.
            thread::sleep(Duration::from_millis(300 + 37 * round as u64));
            server.kill();
            killed.store(true, Ordering::Relaxed);
            for visitor in visitors {
                acknowledged.extend(visitor.join().unwrap());
            }
        });
    }
    assert!(acknowledged.len() > KILLS, "there was no load: {}", acknowledged.len());
    let server = Server::start(&state, &json!({}));
    let client = Client::new(&server, &state);
    // Visitors who got no answer try again, with the key of their first attempt.
    for n in 0..next.load(Ordering::Relaxed) {
        assert_eq!(client.submit(&visitor(n), &format!("visitor-{n}")).expect("an answer").status, 202);
    }
    let mut stored = BTreeMap::<String, usize>::new();
    for lead in client.leads() {
        *stored.entry(lead["email"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let of = |n: usize| stored.get(visitor(n)["email"].as_str().unwrap()).copied();
    let lost: Vec<&usize> = acknowledged.iter().filter(|n| of(**n).is_none()).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    let doubled: Vec<Value> = stored.iter().filter(|(_, count)| **count > 1).map(|(email, _)| json!(email)).collect();
    assert!(doubled.is_empty(), "stored twice: {doubled:?}");
    assert_eq!(stored.len(), next.load(Ordering::Relaxed));
}
