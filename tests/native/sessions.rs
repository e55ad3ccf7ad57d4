//! Sessions: how long they last, how their tokens change, and what ends them (spec R5).

use lead_core::access::{Role, Scope};
use lead_core::body::Sent;
use lead_core::command::user::EditUser;
use lead_core::edit::Precondition;
use lead_core::id::Id;
use lead_core::plan::Actor;
use lead_core::session::{GRACE_MS, IDLE_MS, ROTATE_MS, SESSION_MS, Token};
use lead_store::run::run;
use lead_store::sign_in::{Ending, end};
use lead_store::statement::Database;
use lead_store::tenants::{Credential, Holder, Shown, found_holder, read_session};
use pollster::block_on;
use proptest::prelude::*;
use serde_json::json;

use super::people::{members, patch, refused};
use super::sign_in::{ask, at, enter, token};
use super::stage::{DAY, START, Stage};

/// Shows a token: whose it is, and what took its place.
fn show(stage: &Stage, held: &Token, ms: i64) -> Option<(Holder, Option<Token>)> {
    let mut context = stage.context(ms);
    let actor = Actor { ip_address: Some(format!("at {ms}")), request_id: "r".to_owned(), ..Actor::default() };
    let salt = context.ids.next_id().to_string();
    let (token_hash, next_hash) = (held.hash(), held.successor(&salt).unwrap().hash());
    let audit_id = context.ids.next_id();
    let shown = Shown { token_hash: &token_hash, next_hash, salt: &salt, audit_id, actor: &actor, now: at(ms) };
    let holder = found_holder(&block_on(stage.database.batch(read_session(&shown))).unwrap()).unwrap()?;
    let Credential::Session { salt, .. } = &holder.credential else { panic!("{holder:?}") };
    let next = salt.as_ref().map(|salt| held.successor(salt).unwrap());
    Some((holder, next))
}

/// Whether a token is somebody's.
fn is_good(stage: &Stage, held: &Token, ms: i64) -> bool {
    show(stage, held, ms).is_some()
}

/// Shows a token that is good and has no successor.
fn stays(stage: &Stage, held: &Token, ms: i64) {
    assert!(show(stage, held, ms).unwrap().1.is_none());
}

/// The successor of a token that is good and has one.
fn turned(stage: &Stage, held: &Token, ms: i64) -> Token {
    show(stage, held, ms).unwrap().1.expect("a successor")
}

/// A session of this person, used at once.
fn session(stage: &Stage, who: &Id, n: u8) -> Token {
    ask(stage, &format!("{who}@company.com"), &[token(n)], START);
    assert!(enter(stage, &token(n), &token(n + 1), START));
    stays(stage, &token(n + 1), START);
    token(n + 1)
}

fn trail(stage: &Stage, action: &str) -> i64 {
    stage.count(&format!("audit_logs WHERE entity_type IN ('session', 'user') AND action = '{action}'"))
}

#[test]
fn a_session_changes_its_token_every_hour() {
    let stage = Stage::new(2);
    let first = session(&stage, &stage.manager, 1);
    stays(&stage, &first, START + ROTATE_MS - 1);
    let second = turned(&stage, &first, START + ROTATE_MS);
    assert_eq!(second.hash(), turned(&stage, &first, START + ROTATE_MS + 1).hash(), "told again, the same");
    let (holder, next) = show(&stage, &second, START + ROTATE_MS + 2).unwrap();
    assert_eq!((holder.user_id, holder.role, next.is_none()), (stage.manager.clone(), Role::Manager, true));
    assert_eq!((holder.scopes, holder.reports.len()), (Scope::ALL.to_vec(), 2));
    assert!(show(&stage, &token(50), START).is_none(), "nobody's token");
    let stored = json!(stage.database.rows("SELECT * FROM sessions")).to_string();
    assert!(![&first, &second].iter().any(|token| stored.contains(token.reveal())), "only hashes are kept");
}

#[test]
fn a_lost_answer_signs_nobody_out() {
    let stage = Stage::new(1);
    let first = session(&stage, &stage.manager, 1);
    let lost = turned(&stage, &first, START + ROTATE_MS);
    // Hours later, too: until the new token comes back, nobody can tell that it arrived.
    let second = turned(&stage, &first, START + ROTATE_MS + DAY);
    assert_eq!(second.hash(), lost.hash());
    let arrived = START + ROTATE_MS + DAY + 1;
    stays(&stage, &second, arrived);
    assert_eq!(turned(&stage, &first, arrived + GRACE_MS - 1).hash(), second.hash(), "under way");
    stays(&stage, &second, arrived + ROTATE_MS - 1);
    let third = turned(&stage, &second, arrived + ROTATE_MS);
    stays(&stage, &third, arrived + ROTATE_MS);
    assert_eq!(trail(&stage, "token_reuse"), 0);
}

#[test]
fn a_stolen_token_ends_the_session_when_the_other_one_comes() {
    let stage = Stage::new(1);
    let [copied, other] = [1, 10].map(|n| session(&stage, &stage.manager, n));
    // The thief or the person, nobody can tell, is given the successor and goes on with it; then the other one comes.
    let next = turned(&stage, &copied, START + ROTATE_MS);
    stays(&stage, &next, START + ROTATE_MS);
    let late = START + ROTATE_MS + GRACE_MS;
    assert!(!is_good(&stage, &copied, late));
    assert!(!is_good(&stage, &next, late), "both are out");
    assert!(!is_good(&stage, &copied, late + 1));
    assert!(is_good(&stage, &other, late), "the person's other sessions go on");
    let rows = stage.database.rows(
        "SELECT s.user_id = a.user_id AS own, a.ip_address FROM audit_logs a JOIN sessions s ON s.id = a.entity_id \
         WHERE a.action = 'token_reuse' AND s.revoked_at IS NOT NULL",
    );
    assert_eq!(json!(rows), json!([{ "own": 1, "ip_address": format!("at {late}") }]), "told once");
}

#[test]
fn a_token_from_before_the_last_two_opens_nothing() {
    let stage = Stage::new(1);
    let first = session(&stage, &stage.manager, 1);
    let second = turned(&stage, &first, START + ROTATE_MS);
    stays(&stage, &second, START + ROTATE_MS);
    let third = turned(&stage, &second, START + 2 * ROTATE_MS);
    assert!(!is_good(&stage, &first, START + 2 * ROTATE_MS));
    assert!(is_good(&stage, &third, START + 2 * ROTATE_MS), "nothing tells whose it was");
}

#[test]
fn a_session_ends_when_idle_when_old_and_when_its_person_leaves() {
    let stage = Stage::new(1);
    let first = session(&stage, &stage.manager, 1);
    assert!(!is_good(&stage, &first, START + IDLE_MS), "idle");
    let (mut held, mut ms) = (first, START);
    while ms + 6 * DAY < START + SESSION_MS {
        ms += 6 * DAY;
        held = turned(&stage, &held, ms);
        stays(&stage, &held, ms);
    }
    assert!(!is_good(&stage, &held, START + SESSION_MS), "thirty days");
    assert!(is_good(&stage, &held, ms));
    for is_active in [false, true] {
        patch(&stage, &stage.manager, &json!({ "is_active": is_active })).unwrap();
        assert!(!is_good(&stage, &held, ms), "who comes back signs in anew: {is_active}");
    }
}

#[test]
fn a_token_that_was_never_used_idles_too() {
    let stage = Stage::new(1);
    let first = session(&stage, &stage.manager, 1);
    let turn = START + ROTATE_MS;
    let second = turned(&stage, &first, turn);
    assert!(!is_good(&stage, &second, turn + IDLE_MS) && !is_good(&stage, &first, turn + IDLE_MS));
    assert!(is_good(&stage, &first, turn + IDLE_MS - 1) && is_good(&stage, &second, turn + IDLE_MS - 1));
}

/// Edits a person by a session.
fn edit_by(stage: &Stage, session_id: Option<&Id>, who: &Id, body: &serde_json::Value) {
    let sent = Sent::Patch(members(body));
    let command = EditUser { id: who.clone(), sent, precondition: Precondition::Any, session_id: session_id.cloned() };
    refused(block_on(run(&stage.database, &command, &mut stage.context(START)))).unwrap();
}

fn id_of(stage: &Stage, held: &Token) -> Id {
    match show(stage, held, START).unwrap().0.credential {
        Credential::Session { id, .. } => id,
        Credential::Key(id) => panic!("{id}"),
    }
}

#[test]
fn another_address_ends_the_sessions_of_the_one_before_but_the_one_that_asks() {
    let stage = Stage::new(1);
    let [asks, other] = [1, 10].map(|n| session(&stage, &stage.admin, n));
    let theirs = session(&stage, &stage.manager, 20);
    let by = id_of(&stage, &asks);
    edit_by(&stage, Some(&by), &stage.admin, &json!({ "email": "chief@company.com" }));
    assert!(is_good(&stage, &asks, START), "whoever mistyped can mend it");
    assert!(!is_good(&stage, &other, START));
    edit_by(&stage, Some(&by), &stage.manager, &json!({ "email": "boss@company.com" }));
    assert!(!is_good(&stage, &theirs, START));
    edit_by(&stage, None, &stage.admin, &json!({ "email": "head@company.com" }));
    assert!(!is_good(&stage, &asks, START), "a key spares no session");
}

#[test]
fn leaving_ends_even_the_session_that_asks() {
    let stage = Stage::new(1);
    let asks = session(&stage, &stage.manager, 1);
    let by = id_of(&stage, &asks);
    for is_active in [false, true] {
        edit_by(
            &stage,
            Some(&by),
            &stage.manager,
            &json!({ "is_active": is_active, "email": format!("{is_active}@b.com") }),
        );
        assert!(!is_good(&stage, &asks, START));
    }
}

#[test]
fn another_role_counts_at_once_and_ends_nothing() {
    let stage = Stage::new(1);
    let held = session(&stage, &stage.manager, 1);
    for role in ["admin", "sdr"] {
        patch(&stage, &stage.manager, &json!({ "role": role })).unwrap();
        assert_eq!(show(&stage, &held, START).unwrap().0.role.as_str(), role);
    }
}

#[test]
fn signing_out_ends_one_session_or_all() {
    let stage = Stage::new(1);
    let held = [1, 10, 20].map(|n| session(&stage, &stage.manager, n));
    let first = id_of(&stage, &held[0]);
    let actor = Actor { request_id: "r".to_owned(), ..Actor::default() };
    let leave = |session_id| {
        let (company_id, user_id, audit_id) = (&stage.company_id, &stage.manager, stage.context(START).ids.next_id());
        let ending = Ending { company_id, user_id, session_id, audit_id, actor: &actor, now: at(START) };
        block_on(stage.database.batch(end(&ending))).unwrap();
    };
    leave(Some(&first));
    assert_eq!(held.each_ref().map(|token| is_good(&stage, token, START)), [false, true, true]);
    leave(None);
    assert_eq!(held.each_ref().map(|token| is_good(&stage, token, START)), [false; 3]);
    assert_eq!((trail(&stage, "logout"), trail(&stage, "logout_everywhere")), (1, 1));
}

/// A request of a browser: when it is sent, how long it takes there and back, and whether its answer is lost.
#[derive(Clone, Debug)]
struct Asked {
    after: i64,
    there: i64,
    back: i64,
    is_lost: bool,
}

fn asked() -> impl Strategy<Value = Asked> {
    let after = prop_oneof![4 => 0..20_000_i64, 2 => 0..2 * ROTATE_MS, 1 => ROTATE_MS..DAY];
    (after, 0..GRACE_MS / 2, 0..GRACE_MS / 2, any::<bool>()).prop_map(|(after, there, back, is_lost)| Asked {
        after,
        there,
        back,
        is_lost,
    })
}

/// What happens to the requests, in the order of time: sent with what the browser holds, judged, answered.
fn moments(requests: &[Asked]) -> Vec<(i64, usize, usize)> {
    let (mut now, mut moments) = (START, Vec::new());
    for (number, asked) in requests.iter().enumerate() {
        now += asked.after;
        let times = [now, now + asked.there, now + asked.there + asked.back];
        moments.extend(times.into_iter().enumerate().map(|(step, ms)| (ms, step, number)));
    }
    moments.sort_unstable();
    moments
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_answers_are_lost_or_late_a_browser_stays_signed_in(
        requests in prop::collection::vec(asked(), 1..40),
    ) {
        let stage = Stage::new(1);
        let mut jar = session(&stage, &stage.manager, 1);
        let mut carried: Vec<Option<Token>> = vec![None; requests.len()];
        for (ms, step, number) in moments(&requests) {
            match step {
                0 => carried[number] = Some(jar.clone()),
                1 => {
                    let held = carried[number].take().unwrap();
                    let shown = show(&stage, &held, ms);
                    prop_assert!(shown.is_some(), "request {number} was turned away");
                    carried[number] = shown.unwrap().1;
                }
                _ if requests[number].is_lost => {}
                _ => jar = carried[number].take().unwrap_or(jar),
            }
        }
        prop_assert_eq!(trail(&stage, "token_reuse"), 0);
    }
}
