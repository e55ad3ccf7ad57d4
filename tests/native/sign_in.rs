//! Keys and links: what they open, for how long, and how many links there are.

use lead_core::access::{Principal, Role, Scope, SecretKey, Visibility};
use lead_core::api_key::{ApiKey, KeyValues};
use lead_core::command::key::{CreateKey, RevokeKey};
use lead_core::field::{Country, EmailAddress};
use lead_core::id::Id;
use lead_core::plan::Actor;
use lead_core::problem::Refusal;
use lead_core::session::{LINK_MS, LINK_SPARE_MS, LONG_LINK_MS, MANY_LINKS, OPEN_LINKS, Token, address_hash};
use lead_core::time::Instant;
use lead_store::run::run;
use lead_store::sign_in::{Beginning, Ending, begin, end, has_begun, offer, offered};
use lead_store::statement::Database;
use lead_store::tenants::{Holder, found_holder, read_key};
use pollster::block_on;
use serde_json::{Value, json};

use super::people::{members, patch, refused};
use super::stage::{DAY, START, Stage};

pub(super) fn at(ms: i64) -> Instant {
    Instant::from_ms(ms).unwrap()
}

pub(super) fn token(n: u8) -> Token {
    Token::generate(&[n; 64]).unwrap()
}

fn principal(user_id: &Id, role: Role) -> Principal {
    let visibility = Visibility::Company;
    Principal { user_id: user_id.clone(), role, visibility, country: Country::INDIA, currency: "INR".to_owned() }
}

fn make(stage: &Stage, by: &Principal, scopes: &[Scope], secret: &SecretKey, body: &Value) -> Result<ApiKey, Refusal> {
    let values = KeyValues::parse(members(body)).map_err(Refusal::Invalid)?;
    let mut context = stage.context(START);
    let id = context.ids.next_id();
    let command = CreateKey { by: by.clone(), scopes: scopes.to_vec(), id, key_hash: secret.hash(), values };
    refused(block_on(run(&stage.database, &command, &mut context)).map(|ran| ran.done))
}

fn revoke(stage: &Stage, by: &Principal, id: &Id) -> Result<(), Refusal> {
    let command = RevokeKey { by: by.clone(), id: id.clone() };
    refused(block_on(run(&stage.database, &command, &mut stage.context(START))).map(|ran| ran.done))
}

fn holder_of_key(stage: &Stage, secret: &SecretKey, ms: i64) -> Option<Holder> {
    found_holder(&block_on(stage.database.batch(read_key(&secret.hash(), at(ms)))).unwrap()).unwrap()
}

#[test]
fn a_key_opens_what_it_says_until_it_is_revoked() {
    let stage = Stage::new(2);
    let (admin, sdr) = (principal(&stage.admin, Role::Admin), principal(&stage.sdrs[0], Role::Sdr));
    let secret = SecretKey::generate(&[3; 64]).unwrap();
    let body = json!({ "name": "Sync", "scopes": ["leads:read"], "user_id": stage.sdrs[0] });
    let key = make(&stage, &admin, Scope::ALL, &secret, &body).unwrap();
    let holder = holder_of_key(&stage, &secret, START).unwrap();
    assert_eq!(
        (holder.user_id, holder.scopes, holder.role),
        (stage.sdrs[0].clone(), vec![Scope::LeadsRead], Role::Sdr)
    );
    let other = principal(&stage.sdrs[1], Role::Sdr);
    assert_eq!(revoke(&stage, &other, &key.id), Err(Refusal::NotFound), "others' keys do not exist");
    revoke(&stage, &sdr, &key.id).unwrap();
    revoke(&stage, &admin, &key.id).unwrap();
    assert_eq!(holder_of_key(&stage, &secret, START), None);
    let trail = "SELECT action FROM audit_logs WHERE entity_type = 'api_key' ORDER BY action";
    assert_eq!(json!(stage.database.rows(trail)), json!([{ "action": "create" }, { "action": "revoke" }]));
}

#[test]
fn nobody_makes_a_key_that_may_more_than_they() {
    let stage = Stage::new(1);
    let secret = SecretKey::generate(&[3; 64]).unwrap();
    let sdr = principal(&stage.sdrs[0], Role::Sdr);
    let own = [Scope::LeadsRead, Scope::SettingsWrite];
    let make = |by, scopes: &[Scope], body| make(&stage, by, scopes, &secret, &body);
    let more = json!({ "name": "K", "scopes": ["leads:read", "leads:write"] });
    assert_eq!(make(&sdr, &own, more), Err(Refusal::Forbidden));
    let for_other = json!({ "name": "K", "scopes": ["leads:read"], "user_id": stage.admin });
    assert_eq!(make(&sdr, &own, for_other), Err(Refusal::Forbidden));
    let admin = principal(&stage.admin, Role::Admin);
    patch(&stage, &stage.sdrs[0], &json!({ "is_active": false })).unwrap();
    let for_gone = json!({ "name": "K", "scopes": ["leads:read"], "user_id": stage.sdrs[0] });
    assert!(matches!(make(&admin, Scope::ALL, for_gone), Err(Refusal::Invalid(_))));
    let Err(Refusal::Invalid(errors)) = make(&admin, Scope::ALL, json!({ "name": "K", "scopes": ["all"] })) else {
        panic!("taken")
    };
    assert_eq!((errors[0].pointer.as_str(), errors[0].code), ("/scopes/0", "unknown_value"));
    assert!(make(&admin, Scope::ALL, json!({ "name": "K", "scopes": ["leads:read"] })).is_ok());
}

#[test]
fn the_last_use_of_a_key_is_kept_to_the_hour() {
    let stage = Stage::new(1);
    let secret = SecretKey::generate(&[3; 64]).unwrap();
    let admin = principal(&stage.admin, Role::Admin);
    make(&stage, &admin, Scope::ALL, &secret, &json!({ "name": "K", "scopes": ["leads:read"] })).unwrap();
    let hour = 3_600_000;
    for (ms, expected) in [(0, 0), (hour - 1, 0), (hour, hour), (hour + 5, hour), (3 * hour, 3 * hour)] {
        holder_of_key(&stage, &secret, START + ms).unwrap();
        let stored = stage.database.rows("SELECT last_used_at FROM api_keys")[0]["last_used_at"].as_i64();
        assert_eq!(stored, Some(START + expected));
    }
}

/// Asks for links and gives how many were made.
pub(super) fn ask(stage: &Stage, email: &str, tokens: &[Token], ms: i64) -> usize {
    let email = EmailAddress::parse(email).unwrap();
    offered(&block_on(stage.database.batch(offer(&email, tokens, None, at(ms)))).unwrap()).unwrap().len()
}

/// Uses a link; whether a session began.
pub(super) fn enter(stage: &Stage, link: &Token, fresh: &Token, ms: i64) -> bool {
    let mut context = stage.context(ms);
    let actor = Actor { request_id: "r".to_owned(), ..Actor::default() };
    let (id, audit_id) = (context.ids.next_id(), context.ids.next_id());
    let beginning =
        Beginning { link_hash: link.hash(), id, token_hash: fresh.hash(), audit_id, actor: &actor, now: at(ms) };
    has_begun(&block_on(stage.database.batch(begin(&beginning))).unwrap())
}

#[test]
fn a_link_is_used_once_and_in_time() {
    let stage = Stage::new(1);
    let email = format!("{}@Company.com", stage.sdrs[0]);
    assert_eq!(ask(&stage, &email, &[token(1)], START), 1);
    assert!(!enter(&stage, &token(9), &token(2), START), "never offered");
    assert!(enter(&stage, &token(1), &token(2), START + LINK_MS - 1));
    assert!(!enter(&stage, &token(1), &token(3), START + LINK_MS - 1), "used");
    assert_eq!(ask(&stage, &email, &[token(4)], START), 1);
    assert!(!enter(&stage, &token(4), &token(5), START + LINK_MS), "too late");
    let trail = "SELECT action, user_id FROM audit_logs WHERE entity_type = 'session'";
    assert_eq!(json!(stage.database.rows(trail)), json!([{ "action": "login", "user_id": stage.sdrs[0] }]));
    let stored = json!(stage.database.rows("SELECT * FROM sign_in_links")).to_string();
    assert!(!stored.contains(token(1).reveal()), "only hashes are kept");
}

#[test]
fn links_are_for_those_who_work_here() {
    let stage = Stage::new(2);
    let emails = [0, 1].map(|n| format!("{}@company.com", stage.sdrs[n]));
    assert_eq!(ask(&stage, "stranger@company.com", &[token(21)], START), 0);
    patch(&stage, &stage.sdrs[1], &json!({ "is_active": false })).unwrap();
    assert_eq!(ask(&stage, &emails[1], &[token(22)], START), 0);
    assert!(!enter(&stage, &token(21), &token(30), START) && !enter(&stage, &token(22), &token(31), START));
    assert_eq!(ask(&stage, &emails[0], &[token(23)], START + 1), 1);
    ask(&stage, "another@company.com", &[token(24)], START + 3 * DAY);
    assert_eq!(stage.count("sign_in_links"), 1, "yesterday's links are forgotten, whoever's they were");
}

#[test]
fn whoever_is_sent_no_link_has_two_that_work() {
    let stage = Stage::new(1);
    let email = format!("{}@company.com", stage.sdrs[0]);
    let (minute, mut sent) = (60_000, Vec::new());
    // Strangers ask every minute of a day, from wherever they like.
    for n in 0..24 * 60 {
        let now = START + n * minute;
        let made = numbered(n);
        if ask(&stage, &email, std::slice::from_ref(&made), now) == 1 {
            sent.push(made);
        }
        let open = format!("sign_in_links WHERE used_at IS NULL AND expires_at > {}", now + LINK_SPARE_MS);
        let open = stage.count(&open);
        assert!((1..=OPEN_LINKS).contains(&open), "{open} after {n} minutes");
    }
    let most = MANY_LINKS + OPEN_LINKS * (DAY / (LONG_LINK_MS - LINK_SPARE_MS) + 1);
    assert!((sent.len() as i64) <= most && most <= 60, "{} links for {most}", sent.len());
    // The person asks as well, gets no further link, and comes in by one of those.
    let now = START + 24 * 60 * minute;
    assert!(enter(&stage, sent.last().unwrap(), &token(1), now));
    assert_eq!(ask(&stage, &email, &[token(2)], now), 1, "a used link leaves room for the next");
}

#[test]
fn a_link_lasts_longer_only_where_many_were_left_unused() {
    let stage = Stage::new(1);
    let email = format!("{}@company.com", stage.sdrs[0]);
    let lasts = |n: u8, now: i64| {
        assert_eq!(ask(&stage, &email, &[token(n)], now), 1, "{n}");
        let row = stage
            .database
            .rows(&format!("SELECT expires_at FROM sign_in_links WHERE token_hash = '{}'", token(n).hash()));
        row[0]["expires_at"].as_i64().unwrap() - now
    };
    // Whoever signs in often is sent as many as they use.
    for n in 0..20 {
        assert_eq!(lasts(n, START), LINK_MS);
        assert!(enter(&stage, &token(n), &token(100 + n), START));
    }
    for n in 0..8 {
        let now = START + i64::from(n) * LINK_MS;
        assert_eq!(lasts(40 + n, now), if i64::from(n) < MANY_LINKS { LINK_MS } else { LONG_LINK_MS }, "{n}");
    }
}

#[test]
fn an_unknown_address_writes_what_a_known_one_does() {
    let stage = Stage::new(1);
    let known = format!("{}@company.com", stage.sdrs[0]);
    let mut kept = Vec::new();
    for (at, email) in [known.as_str(), "nobody@company.com"].into_iter().enumerate() {
        for n in 0..4 {
            ask(&stage, email, &[token(1 + 10 * at as u8 + n)], START + i64::from(n));
        }
        let hash = address_hash(&EmailAddress::parse(email).unwrap());
        let columns = "created_at, expires_at, used_at";
        kept.push(
            stage.database.rows(&format!("SELECT {columns} FROM sign_in_links WHERE address = '{hash}' ORDER BY 1")),
        );
    }
    assert_eq!(kept[0], kept[1]);
    assert_eq!(kept[0].len() as i64, OPEN_LINKS);
    let stored = json!(stage.database.rows("SELECT * FROM sign_in_links")).to_string();
    assert!(!stored.contains("nobody"), "strangers' addresses are kept in no readable form");
}

#[test]
fn another_address_ends_the_links_to_the_one_before() {
    let stage = Stage::new(2);
    let emails = [0, 1].map(|n| format!("{}@company.com", stage.sdrs[n]));
    for (n, email) in (1..).zip(&emails) {
        assert_eq!(ask(&stage, email, &[token(n)], START), 1);
    }
    patch(&stage, &stage.sdrs[0], &json!({ "email": "new@company.com" })).unwrap();
    assert!(!enter(&stage, &token(1), &token(10), START + 1), "the old mailbox opens nothing any more");
    assert!(enter(&stage, &token(2), &token(11), START + 1), "others' links stand");
    assert_eq!(ask(&stage, &emails[0], &[token(3)], START + 2), 0);
    assert_eq!(ask(&stage, "new@company.com", &[token(4)], START + 2), 1);
    // Another name, role or way to write the address ends nothing.
    patch(&stage, &stage.sdrs[0], &json!({ "name": "N", "role": "manager", "email": "New@Company.com" })).unwrap();
    assert!(enter(&stage, &token(4), &token(12), START + 3));
}

#[test]
fn a_link_of_somebody_who_left_opens_nothing_even_when_they_are_back() {
    let stage = Stage::new(1);
    let email = format!("{}@company.com", stage.sdrs[0]);
    assert_eq!(ask(&stage, &email, &[token(1)], START), 1);
    for is_active in [false, true] {
        patch(&stage, &stage.sdrs[0], &json!({ "is_active": is_active })).unwrap();
        assert!(!enter(&stage, &token(1), &token(2), START + 1), "{is_active}");
    }
    assert_eq!(ask(&stage, &email, &[token(3)], START + 2), 1);
}

/// A token of its own for each number below 62 times 62.
fn numbered(n: i64) -> Token {
    let mut bytes = [7; 64];
    bytes[..2].copy_from_slice(&[n % 62, n / 62].map(|part| u8::try_from(part).unwrap()));
    Token::generate(&bytes).unwrap()
}

#[test]
fn a_person_of_two_companies_gets_a_link_to_each() {
    let stage = Stage::new(1);
    stage.database.change(
        "INSERT INTO companies (id, name, created_at) VALUES ('other', 'Other', 1); \
         INSERT INTO users (company_id, id, name, email, email_key, role, created_at, updated_at) \
         SELECT 'other', 'x', name, email, email_key, 'sdr', 1, 1 FROM users WHERE role = 'sdr'",
    );
    let email = format!("{}@company.com", stage.sdrs[0]);
    assert_eq!(ask(&stage, &email, &[token(1), token(2)], START), 2);
    assert_eq!(ask(&stage, &email, &[token(3)], START), 1, "at most one for each token");
}

#[test]
fn a_batch_whose_answer_was_lost_can_be_sent_again() {
    let stage = Stage::new(1);
    let email = EmailAddress::parse(&format!("{}@company.com", stage.manager)).unwrap();
    let mut context = stage.context(START);
    let actor = Actor { request_id: "r".to_owned(), ..Actor::default() };
    let [id, audit_id, ended] = [(); 3].map(|()| context.ids.next_id());
    for _ in 0..2 {
        let outcomes = block_on(stage.database.batch(offer(&email, &[token(1)], None, at(START)))).unwrap();
        assert_eq!(offered(&outcomes).unwrap().len(), 1);
    }
    for _ in 0..2 {
        let (link_hash, token_hash, id) = (token(1).hash(), token(2).hash(), id.clone());
        let beginning =
            Beginning { link_hash, id, token_hash, audit_id: audit_id.clone(), actor: &actor, now: at(START) };
        assert!(has_begun(&block_on(stage.database.batch(begin(&beginning))).unwrap()));
    }
    for _ in 0..2 {
        let (company_id, user_id, audit_id) = (&stage.company_id, &stage.manager, ended.clone());
        let ending = Ending { company_id, user_id, session_id: None, audit_id, actor: &actor, now: at(START) };
        block_on(stage.database.batch(end(&ending))).unwrap();
    }
    assert_eq!((stage.count("sign_in_links"), stage.count("sessions")), (1, 1));
    assert_eq!(stage.count("audit_logs WHERE action IN ('login', 'logout_everywhere')"), 2);
}
