//! Mails as the API shows them, and what a person does about them (spec E3, R1).

use std::collections::BTreeSet;

use lead_core::command::mail::{ActOnMail, MailAct};
use lead_core::id::Id;
use lead_core::mail::{MailQuery, MailState, MailSummary, TracedMail};
use lead_core::problem::Refusal;
use lead_store::changes::statements;
use lead_store::failure::Failure;
use lead_store::mails;
use lead_store::run::{Command, run};
use lead_store::statement::{Database, DatabaseError};
use pollster::block_on;

use super::plans::assert_narrow;
use super::stage::{START, Stage, Who, contact};

/// A mail as sender and engine left it: of this kind, state, lead and person.
fn mail(stage: &Stage, at: i64, (kind, state): (&str, &str), lead: Option<&Id>, user: Option<&Id>) -> Id {
    let (company, id) = (&stage.company_id, stage.context(at).ids.next_id());
    let text = |id: Option<&Id>| id.map_or("NULL".to_owned(), |id| format!("'{id}'"));
    stage.database.change(&format!(
        "INSERT INTO mails (company_id, id, kind, lead_id, user_id, to_address, from_address, subject, body, body_text, state, tries, \
           next_try_at, lease_id, lease_until, reason, due_at, created_at) \
         VALUES ('{company}', '{id}', '{kind}', {}, {}, 'asha@works.com', 'hello@tidewater-pumps.com', 'Hello', '<p>secret</p>', 'secret', \
           '{state}', 3, iif('{state}' = 'queued', {at}, NULL), 'run', {at} + 60000, iif('{state}' = 'queued', NULL, 'refused'), {at}, {at})",
        text(lead),
        text(user),
    ));
    id
}

fn lead(stage: &Stage, n: usize, owner: usize) -> Id {
    stage.submit(Who::Sdr(owner), &contact(n), None, START);
    let last = stage.leads().pop().unwrap();
    Id::parse(last["id"].as_str().unwrap()).unwrap()
}

fn query(pairs: &[(&str, &str)]) -> MailQuery {
    let pairs: Vec<(String, String)> = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    MailQuery::parse(&pairs).unwrap()
}

/// All pages of a list.
fn listed(stage: &Stage, who: Who, pairs: &[(&str, &str)]) -> Vec<MailSummary> {
    let (mut query, mut items) = (query(pairs), Vec::new());
    loop {
        let reads = mails::read(&stage.company_id, &query, &stage.visibility(who));
        let (page, cursor) = mails::found(&block_on(stage.database.batch(reads)).unwrap(), &query).unwrap();
        assert!(page.len() <= usize::from(query.page.limit));
        items.extend(page);
        let Some(cursor) = cursor else { return items };
        query.page.after = Some(Id::parse(cursor.strip_prefix("id.").unwrap()).unwrap());
    }
}

fn ids(mails: &[MailSummary]) -> BTreeSet<Id> {
    mails.iter().map(|mail| mail.id.clone()).collect()
}

fn shown(stage: &Stage, who: Who, id: &Id) -> Option<TracedMail> {
    let reads = mails::read_one(&stage.company_id, id, &stage.visibility(who));
    mails::found_one(&block_on(stage.database.batch(reads)).unwrap()).unwrap()
}

fn act(stage: &Stage, who: Who, id: &Id, act: MailAct, at: i64) -> Result<MailSummary, Refusal> {
    let command = ActOnMail { mail_id: id.clone(), act, by: stage.principal(who) };
    match block_on(run(&stage.database, &command, &mut stage.context(at))) {
        Ok(ran) => Ok(ran.done),
        Err(Failure::Refused(refusal)) => Err(refusal),
        Err(other) => panic!("{other:?}"),
    }
}

/// Every person of the stage.
const ALL: [Who; 4] = [Who::Admin, Who::Manager, Who::Sdr(0), Who::Sdr(1)];

/// Who is to see a mail.
type Sees = Box<dyn Fn(Who) -> bool>;

#[test]
fn whoever_sees_the_lead_sees_the_mail_and_admins_alone_see_what_is_no_leads() {
    let mut stage = Stage::new(2);
    stage.reports = 1;
    let (first, second) = (lead(&stage, 1, 0), lead(&stage, 2, 1));
    let (zero, one) = (stage.sdrs[0].clone(), stage.sdrs[1].clone());
    let sees = |who: Who, of: usize| match who {
        Who::Admin | Who::Visitor => true,
        Who::Manager => of == 0,
        Who::Sdr(n) => of == n,
    };
    let mut expected: Vec<(Id, Sees)> = Vec::new();
    for (n, (lead, user)) in [(&first, &zero), (&second, &one)].into_iter().enumerate() {
        for kind in ["sequence", "opt_in"] {
            expected.push((mail(&stage, START, (kind, "sent"), Some(lead), None), Box::new(move |who| sees(who, n))));
        }
        expected.push((mail(&stage, START, ("test", "sent"), None, Some(user)), Box::new(move |who| sees(who, n))));
        let test = mail(&stage, START, ("test", "sent"), Some(lead), Some(user));
        expected.push((test, Box::new(move |who| sees(who, n))));
        for kind in ["lead_alert", "sign_in"] {
            let lead = Some(lead).filter(|_| kind == "lead_alert");
            let id = mail(&stage, START, (kind, "sent"), lead, Some(user));
            expected.push((id, Box::new(|who| who == Who::Admin)));
        }
    }
    // A test with a lead that its person does not see any more.
    let lost = mail(&stage, START, ("test", "sent"), Some(&first), Some(&one));
    expected.push((lost, Box::new(|who| who == Who::Admin)));
    for who in ALL {
        let told = ids(&listed(&stage, who, &[]));
        for (id, sees) in &expected {
            assert_eq!((told.contains(id), shown(&stage, who, id).is_some()), (sees(who), sees(who)), "{who:?} {id}");
        }
    }
    // Hidden leads take their mails along.
    stage.database.change(&format!("UPDATE leads SET deleted_at = 1 WHERE id = '{first}'"));
    assert!(listed(&stage, Who::Admin, &[]).iter().all(|mail| mail.lead_id.as_ref() != Some(&first)));
    assert_eq!(shown(&stage, Who::Admin, &expected[0].0), None);
}

#[test]
fn what_a_link_to_sign_in_opens_is_never_shown() {
    let stage = Stage::new(1);
    let id = mail(&stage, START, ("sign_in", "sent"), None, Some(&stage.admin));
    let shown = shown(&stage, Who::Admin, &id).unwrap();
    assert!(!serde_json::to_string(&shown).unwrap().contains("secret"));
    assert_eq!((shown.words.body, shown.words.body_text), (None, None));
}

#[test]
fn filters_find_dead_and_parked_mails_however_many_others_there_are() {
    let stage = Stage::new(2);
    let (mine, other) = (lead(&stage, 1, 0), lead(&stage, 2, 1));
    let states = ["queued", "sending", "sent", "dead", "parked", "cancelled"];
    let mut all = Vec::new();
    for n in 0..900 {
        let state = states.get(n).copied().unwrap_or("sent");
        let lead = if n % 2 == 0 { &mine } else { &other };
        let kind = if n % 5 == 0 { "opt_in" } else { "sequence" };
        all.push((mail(&stage, START + n as i64, (kind, state), Some(lead), None), state, lead.clone(), kind));
    }
    let told = listed(&stage, Who::Admin, &[("limit", "200")]);
    let newest: Vec<Id> = all.iter().rev().map(|(id, ..)| id.clone()).collect();
    assert_eq!(told.iter().map(|mail| mail.id.clone()).collect::<Vec<_>>(), newest, "each once, newest first");
    for state in ["dead", "parked"] {
        let reads = mails::read(&stage.company_id, &query(&[("state", state)]), &stage.visibility(Who::Admin));
        let outcomes = block_on(stage.database.batch(reads)).unwrap();
        assert_eq!(outcomes[0].rows.len(), 1, "{state} is on the first page");
    }
    for who in ALL {
        for pairs in [
            vec![("state", "sent")],
            vec![("kind", "opt_in")],
            vec![("lead_id", mine.as_str())],
            vec![("lead_id", other.as_str()), ("state", "sent"), ("kind", "sequence")],
            vec![("sequence_id", mine.as_str())],
        ] {
            let told = listed(&stage, who, &[&pairs[..], &[("limit", "30")]].concat());
            let fits = |(_, state, lead, kind): &&(Id, &str, Id, &str)| {
                let owner = usize::from(*lead == other);
                let sees = matches!(who, Who::Admin | Who::Manager) || who == Who::Sdr(owner);
                sees && pairs.iter().all(|(name, value)| match *name {
                    "state" => state == value,
                    "kind" => kind == value,
                    "lead_id" => lead.as_str() == *value,
                    _ => false,
                })
            };
            let expected: BTreeSet<Id> = all.iter().filter(fits).map(|(id, ..)| id.clone()).collect();
            assert_eq!((ids(&told), told.len()), (expected.clone(), expected.len()), "{who:?} {pairs:?}");
        }
    }
}

#[test]
fn a_mail_is_traced_from_due_to_the_answer_and_what_came_back() {
    let stage = Stage::new(1);
    let lead = lead(&stage, 1, 0);
    let id = mail(&stage, START, ("sequence", "sent"), Some(&lead), None);
    let company = &stage.company_id;
    for (n, outcome) in ["unclear", "retry", "accepted"].iter().enumerate() {
        let at = START + 1000 * n as i64;
        let row = stage.context(at).ids.next_id();
        stage.database.change(&format!(
            "INSERT INTO mail_tries (company_id, mail_id, id, provider, act, outcome, status, words, created_at) \
             VALUES ('{company}', '{id}', '{row}', 'postmark', 'send', '{outcome}', 500, 'words {n}', {at})"
        ));
    }
    for (n, kind) in ["clicked", "opened", "delivered"].iter().enumerate() {
        let at = START + 9000 - 1000 * n as i64;
        let row = stage.context(at).ids.next_id();
        stage.database.change(&format!(
            "INSERT INTO mail_events (company_id, mail_id, source, id, kind, created_at) VALUES ('{company}', '{id}', 's{n}', '{row}', '{kind}', {at})"
        ));
    }
    let traced = shown(&stage, Who::Sdr(0), &id).unwrap();
    let outcomes: Vec<String> = traced.answers.iter().map(|tried| tried.outcome.to_string()).collect();
    assert_eq!(outcomes, ["unclear", "retry", "accepted"]);
    let kinds: Vec<&str> = traced.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["delivered", "opened", "clicked"]);
    assert_eq!(traced.words.body.as_deref(), Some("<p>secret</p>"));
}

#[test]
fn a_person_retries_what_nobody_sends_and_cancels_what_was_not_sent() {
    let stage = Stage::new(1);
    let lead = lead(&stage, 1, 0);
    let at = START + 5000;
    for state in MailState::ALL.iter().copied() {
        for kind in ["sequence", "opt_in", "test", "sign_in"] {
            for what in MailAct::ALL.iter().copied() {
                let of = Some(&lead).filter(|_| kind != "sign_in");
                let id = mail(&stage, START, (kind, state.as_str()), of, Some(&stage.admin));
                let done = act(&stage, Who::Admin, &id, what, at);
                let open = what.state() == state
                    || match what {
                        MailAct::Retry => matches!(state, MailState::Dead | MailState::Parked) && kind != "sign_in",
                        MailAct::Cancel => matches!(state, MailState::Queued | MailState::Dead | MailState::Parked),
                    };
                assert_eq!(done.is_ok(), open, "{what} {kind} {state}: {done:?}");
                let stored = shown(&stage, Who::Admin, &id).unwrap().mail;
                assert_eq!(stored.state, if open { what.state() } else { state });
                if let Err(refusal) = done {
                    assert!(
                        matches!(refusal, Refusal::MailNotOpen { state: told, .. } if told == state),
                        "{refusal:?}"
                    );
                } else if what.state() != state {
                    assert_eq!(done.as_ref(), Ok(&stored), "the answer is what is stored");
                    let row = stage
                        .database
                        .rows(&format!("SELECT lease_id, next_try_at, tries FROM mails WHERE id = '{id}'"));
                    assert!(row[0]["lease_id"].is_null());
                    let next = (what == MailAct::Retry).then_some(at);
                    assert_eq!(row[0]["next_try_at"].as_i64(), next);
                    let told = stage.database.rows(&format!(
                        "SELECT field_name, old_value, new_value FROM audit_logs WHERE entity_id = '{id}' AND action = '{what}' ORDER BY id"
                    ));
                    assert_eq!(
                        (told[0]["field_name"].as_str(), told[0]["old_value"].as_str()),
                        (Some("state"), Some(state.as_str()))
                    );
                }
            }
        }
    }
}

#[test]
fn nobody_acts_on_a_mail_they_do_not_see() {
    let mut stage = Stage::new(2);
    stage.reports = 1;
    let lead = lead(&stage, 1, 1);
    let id = mail(&stage, START, ("sequence", "dead"), Some(&lead), None);
    assert_eq!(act(&stage, Who::Manager, &id, MailAct::Retry, START), Err(Refusal::NotFound));
    assert_eq!(act(&stage, Who::Manager, &id, MailAct::Cancel, START), Err(Refusal::NotFound));
}

#[test]
fn whoever_sends_it_meanwhile_wins() {
    let stage = Stage::new(1);
    let lead = lead(&stage, 1, 0);
    for (state, what) in [("queued", MailAct::Cancel), ("dead", MailAct::Cancel), ("parked", MailAct::Retry)] {
        let id = mail(&stage, START, ("sequence", state), Some(&lead), None);
        let command = ActOnMail { mail_id: id.clone(), act: what, by: stage.principal(Who::Manager) };
        let mut context = stage.context(START + 1000);
        context.begin_attempt();
        let known = command.known(&block_on(stage.database.batch(command.reads(&context))).unwrap()).unwrap();
        let plan = command.decide(known.as_ref(), &mut context).unwrap();
        stage.database.change(&format!("UPDATE mails SET state = 'sending' WHERE id = '{id}'"));
        let written = block_on(stage.database.batch(statements(&plan.changes, &context)));
        assert_eq!(written, Err(DatabaseError::Collision), "{what} of what was {state}");
        let again = act(&stage, Who::Manager, &id, what, START + 2000);
        assert!(matches!(again, Err(Refusal::MailNotOpen { state: MailState::Sending, .. })), "{again:?}");
    }
}

#[test]
fn mails_walk_the_index_of_what_is_asked_for() {
    let stage = Stage::new(1);
    for (sql, index) in mails::explainable() {
        // The newest of each company are put in order: of few companies, on a developer's machine.
        let of_all = sql.contains("FROM companies c");
        let steps = if of_all { stage.database.explain(sql) } else { assert_narrow(&stage, sql) };
        let walks = |step: &String| step.starts_with("SEARCH") && step.contains(index);
        assert!(steps.iter().any(walks), "{index}: {steps:?} of {sql}");
        assert!(of_all || !steps.iter().any(|step| step.contains("TEMP B-TREE")), "it sorts: {steps:?} of {sql}");
    }
    let lead = lead(&stage, 1, 0);
    for what in MailAct::ALL.iter().copied() {
        let id = mail(&stage, START, ("sequence", "dead"), Some(&lead), None);
        let command = ActOnMail { mail_id: id, act: what, by: stage.principal(Who::Manager) };
        let mut context = stage.context(START + 1);
        context.begin_attempt();
        let reads = command.reads(&context);
        let known = command.known(&block_on(stage.database.batch(reads.clone())).unwrap()).unwrap();
        let plan = command.decide(known.as_ref(), &mut context).unwrap();
        for statement in reads.iter().chain(&statements(&plan.changes, &context)) {
            assert_narrow(&stage, statement.sql);
        }
    }
}
