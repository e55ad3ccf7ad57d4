//! Keys, links and sessions: what they open, and for how long.

use lead_core::access::{Principal, Role, Scope, SecretKey, Visibility};
use lead_core::api_key::{ApiKey, KeyValues};
use lead_core::command::key::{CreateKey, RevokeKey};
use lead_core::field::{Country, EmailAddress};
use lead_core::id::Id;
use lead_core::plan::Actor;
use lead_core::problem::Refusal;
use lead_core::session::{GRACE_MS, IDLE_MS, LINK_MS, ROTATE_MS, SESSION_MS, Token};
use lead_core::time::Instant;
use lead_store::run::run;
use lead_store::sign_in::{Beginning, Ending, begin, end, has_begun, offer, offered};
use lead_store::statement::Database;
use lead_store::tenants::{Holder, found_holder, read_key, read_session, was_rotated};
use pollster::block_on;
use serde_json::{Value, json};

use super::people::{members, patch, refused};
use super::stage::{DAY, START, Stage};

fn at(ms: i64) -> Instant {
    Instant::from_ms(ms).unwrap()
}

fn token(n: u8) -> Token {
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

/// Asks for links and gives how many there were.
fn ask(stage: &Stage, email: &str, tokens: &[Token], ms: i64) -> usize {
    let email = EmailAddress::parse(email).unwrap();
    offered(&block_on(stage.database.batch(offer(&email, tokens, at(ms)))).unwrap()).unwrap().len()
}

/// Uses a link; whether a session began.
fn enter(stage: &Stage, link: &Token, fresh: &Token, ms: i64) -> bool {
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
fn links_are_few_and_for_those_who_work_here() {
    let stage = Stage::new(2);
    let email = format!("{}@company.com", stage.sdrs[0]);
    for n in 0..7 {
        assert_eq!(ask(&stage, &email, &[token(n)], START + i64::from(n)), usize::from(n < 5), "{n}");
    }
    assert_eq!(ask(&stage, &email, &[token(20)], START + 3_600_001), 1, "an hour later");
    assert_eq!(ask(&stage, "stranger@company.com", &[token(21)], START), 0);
    patch(&stage, &stage.sdrs[1], &json!({ "is_active": false })).unwrap();
    assert_eq!(ask(&stage, &format!("{}@company.com", stage.sdrs[1]), &[token(22)], START), 0);
    // Whoever leaves between link and click stays outside.
    patch(&stage, &stage.sdrs[0], &json!({ "is_active": false })).unwrap();
    assert!(!enter(&stage, &token(20), &token(30), START + 3_600_002));
    assert_eq!(stage.count("sign_in_links"), 6);
    patch(&stage, &stage.sdrs[0], &json!({ "is_active": true })).unwrap();
    ask(&stage, &email, &[token(23)], START + 3 * DAY);
    assert_eq!(stage.count("sign_in_links"), 1, "yesterday's links are forgotten");
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

/// Whom a session's token stands for, and whether it was replaced by `fresh`.
fn knock(stage: &Stage, held: &Token, fresh: &Token, ms: i64) -> (Option<Id>, bool) {
    let outcomes = block_on(stage.database.batch(read_session(&held.hash(), &fresh.hash(), at(ms)))).unwrap();
    (found_holder(&outcomes).unwrap().map(|holder| holder.user_id), was_rotated(&outcomes))
}

fn session(stage: &Stage) -> Option<Id> {
    ask(stage, &format!("{}@company.com", stage.manager), &[token(1)], START);
    assert!(enter(stage, &token(1), &token(2), START));
    Some(stage.manager.clone())
}

#[test]
fn a_session_changes_its_token_every_hour() {
    let stage = Stage::new(2);
    let me = session(&stage);
    assert_eq!(knock(&stage, &token(2), &token(3), START + ROTATE_MS - 1), (me.clone(), false));
    let turned = START + ROTATE_MS;
    assert_eq!(knock(&stage, &token(2), &token(3), turned), (me.clone(), true));
    assert_eq!(knock(&stage, &token(2), &token(4), turned + GRACE_MS - 1), (me.clone(), false), "under way");
    assert_eq!(knock(&stage, &token(2), &token(4), turned + GRACE_MS), (None, false), "the old token is over");
    assert_eq!(knock(&stage, &token(3), &token(4), turned + GRACE_MS), (me, false));
    assert_eq!(knock(&stage, &token(5), &token(6), turned), (None, false), "nobody's token");
    let outcomes =
        block_on(stage.database.batch(read_session(&token(3).hash(), &token(4).hash(), at(turned)))).unwrap();
    let holder = found_holder(&outcomes).unwrap().unwrap();
    assert_eq!((holder.scopes, holder.reports.len()), (Scope::ALL.to_vec(), 2));
}

#[test]
fn a_session_ends_when_idle_when_old_and_when_its_person_leaves() {
    let stage = Stage::new(1);
    let me = session(&stage);
    assert_eq!(knock(&stage, &token(2), &token(3), START + IDLE_MS), (None, false), "idle");
    let mut held = 2;
    let mut ms = START;
    while ms + 6 * DAY < START + SESSION_MS {
        ms += 6 * DAY;
        assert_eq!(knock(&stage, &token(held), &token(held + 1), ms), (me.clone(), true));
        held += 1;
    }
    assert_eq!(knock(&stage, &token(held), &token(99), START + SESSION_MS), (None, false), "thirty days");
    patch(&stage, &stage.manager, &json!({ "is_active": false })).unwrap();
    assert_eq!(knock(&stage, &token(held), &token(99), ms).0, None, "gone");
}

#[test]
fn signing_out_ends_one_session_or_all() {
    let stage = Stage::new(1);
    let me = session(&stage);
    for n in [10, 12] {
        ask(&stage, &format!("{}@company.com", stage.manager), &[token(n)], START);
        assert!(enter(&stage, &token(n), &token(n + 1), START));
    }
    let rows = stage.database.rows(&format!("SELECT id FROM sessions WHERE token_hash = '{}'", token(2).hash()));
    let session_id = Id::parse(rows[0]["id"].as_str().unwrap()).unwrap();
    let actor = Actor { request_id: "r".to_owned(), ..Actor::default() };
    let leave = |session_id| {
        let (company_id, user_id, audit_id) = (&stage.company_id, &stage.manager, stage.context(START).ids.next_id());
        let ending = Ending { company_id, user_id, session_id, audit_id, actor: &actor, now: at(START) };
        block_on(stage.database.batch(end(&ending))).unwrap();
    };
    leave(Some(&session_id));
    assert_eq!(knock(&stage, &token(2), &token(3), START).0, None);
    assert_eq!(knock(&stage, &token(11), &token(3), START).0, me);
    leave(None);
    for held in [11, 13] {
        assert_eq!(knock(&stage, &token(held), &token(3), START).0, None);
    }
    assert_eq!(stage.count("audit_logs WHERE action IN ('logout', 'logout_everywhere')"), 2);
}

#[test]
fn a_batch_whose_answer_was_lost_can_be_sent_again() {
    let stage = Stage::new(1);
    let email = EmailAddress::parse(&format!("{}@company.com", stage.manager)).unwrap();
    let mut context = stage.context(START);
    let actor = Actor { request_id: "r".to_owned(), ..Actor::default() };
    let [id, audit_id, ended] = [(); 3].map(|()| context.ids.next_id());
    for _ in 0..2 {
        let outcomes = block_on(stage.database.batch(offer(&email, &[token(1)], at(START)))).unwrap();
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
