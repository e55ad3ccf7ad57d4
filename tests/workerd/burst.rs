//! Many submissions at once.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Answer, Client, visitor};
use crate::server::{Disk, Server, State};

/// Submits all of it at the same moment, each from a thread of its own.
fn at_once(client: &Client, posts: &[(Value, String)]) -> Vec<Result<Answer, String>> {
    let start = Barrier::new(posts.len());
    let post = |(values, key): &(Value, String)| {
        start.wait();
        // A visitor whose connection breaks tries again, with the same key: a busy machine resets some of 500 connections.
        let mut answer = client.submit(values, key);
        for attempt in 1..=4 {
            if answer.is_ok() {
                break;
            }
            thread::sleep(Duration::from_millis(100 * attempt));
            answer = client.submit(values, key);
        }
        answer
    };
    let post = &post;
    thread::scope(|scope| {
        let running: Vec<_> = posts.iter().map(|each| scope.spawn(move || post(each))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn fifty_identical_posts_at_once_make_one_lead() {
    let state = State::new(Disk::Memory);
    let server = Server::start(&state, &json!({}));
    let client = Client::new(&server, &state);
    for round in 0..20 {
        let posts = vec![(visitor(round), format!("round-{round}")); 50];
        let answers = at_once(&client, &posts);
        let accepted = |answer: &Answer| answer.status == 202 && answer.body["status"] == "accepted";
        assert!(answers.iter().all(|answer| answer.as_ref().is_ok_and(accepted)), "round {round}: {answers:?}");
        assert_eq!(client.leads().len(), round + 1);
    }
}

#[test]
fn five_hundred_posts_at_once_are_shared_out_evenly() {
    let state = State::new(Disk::Memory);
    let database = rusqlite::Connection::open(state.database()).unwrap();
    // Everybody is counted, so that each lead takes a turn and is somebody's load.
    let counted = "UPDATE rounds SET loads = (SELECT json_group_object(id, 0) FROM users u WHERE u.company_id = rounds.company_id)";
    database.execute_batch(counted).unwrap();
    let server = Server::start(&state, &json!({}));
    let client = Client::new(&server, &state);
    let posts: Vec<_> = (0..500).map(|n| (visitor(n), format!("visitor-{n}"))).collect();
    let answers = at_once(&client, &posts);
    let refused: Vec<_> =
        answers.iter().filter(|answer| answer.as_ref().map_or(true, |answer| answer.status != 202)).collect();
    assert!(refused.is_empty(), "{} of 500: {:?}", refused.len(), refused[0]);
    let mut owners = BTreeMap::<String, u32>::new();
    for lead in client.leads() {
        *owners.entry(lead["lead_owner_id"].as_str().expect("every lead has an owner").to_owned()).or_default() += 1;
    }
    assert_eq!(owners.values().sum::<u32>(), 500);
    let (least, most) = (owners.values().min().unwrap(), owners.values().max().unwrap());
    assert!(owners.len() >= 2 && most - least <= 1, "{owners:?}");
    let company = state.companies()[0]["company_id"].as_str().unwrap().to_owned();
    let sql = "SELECT (SELECT value FROM json_each(turns)), loads FROM rounds WHERE company_id = ?1";
    let (turns, loads): (u32, String) =
        database.query_row(sql, [company], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let mut loads: BTreeMap<String, u32> = serde_json::from_str(&loads).unwrap();
    loads.retain(|_, count| *count > 0);
    assert_eq!((turns, loads), (500, owners));
}
