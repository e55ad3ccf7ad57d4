//! Short stories on which model and store once differed.

use super::super::stage::Who;
use super::real::Play;
use super::step::{Act, Answers, Change, Condition, Deal, Filling, Happened, Kind, LAST, Line, Said, Seen, Step};

const CURRENT: Seen = Seen::Current;
const OVERRIDE: Deal = Deal { amount: false, account: None, overriding: true };

fn visit(person: usize, filling: Filling) -> (Who, Act) {
    let key = 10 * filling as u8 + u8::try_from(person).unwrap();
    (Who::Visitor, Act::Submit(Said { person, phone_of: person, worth: 0, consent: false, filling }, Some(key)))
}

fn capacity(sdr: usize, leads: i64) -> (Who, Act) {
    (Who::Admin, Act::Condition(sdr, Condition::Capacity(Some(leads))))
}

fn by_admin(act: Act) -> (Who, Act) {
    (Who::Admin, act)
}

fn tell(story: &[(Who, Act)]) {
    let mut play = Play::new();
    for (at, (by, act)) in story.iter().enumerate() {
        let step = Step { after: 60_000, line: Line::Good, by: *by, act: act.clone() };
        play.tell(&step).unwrap_or_else(|difference| panic!("at step {at}, {step:?}:\n{difference}"));
    }
}

#[test]
fn a_converted_lead_is_nobodys_load_and_an_undone_one_is_again() {
    let (convert, undo) = (by_admin(Act::Convert(LAST, OVERRIDE, CURRENT)), by_admin(Act::Undo(LAST, CURRENT)));
    tell(&[capacity(0, 3), visit(0, Filling::Calm), convert, undo]);
}

#[test]
fn a_disqualified_lead_is_nobodys_load_when_its_quarantine_ends() {
    let given_up = by_admin(Act::Disqualify(LAST, CURRENT));
    tell(&[capacity(0, 3), visit(0, Filling::Trapped), given_up, visit(0, Filling::Hasty)]);
}

#[test]
fn an_account_without_owner_is_matched_by_one_who_does_not_see_it() {
    let convert = by_admin(Act::Convert(LAST, OVERRIDE, CURRENT));
    let answers = Answers { bant: 4, meddicc: 0, high_risk: false, confirm: false };
    let meeting = Happened { kind: Kind::Meeting, outbound: true };
    tell(&[
        visit(0, Filling::Trapped),
        convert,
        visit(1, Filling::Calm),
        by_admin(Act::Record(LAST, meeting)),
        by_admin(Act::Record(LAST, meeting)),
        by_admin(Act::Record(LAST, meeting)),
        by_admin(Act::Qualify(LAST, answers, CURRENT)),
        (Who::Sdr(0), Act::Convert(LAST, Deal { overriding: false, ..OVERRIDE }, CURRENT)),
    ]);
}

#[test]
fn undoing_a_conversion_leaves_the_account_a_primary_contact() {
    tell(&[
        by_admin(Act::OpenAccount(0)),
        visit(0, Filling::Calm),
        by_admin(Act::Convert(LAST, OVERRIDE, CURRENT)),
        by_admin(Act::OpenContact(0, 4, false)),
        by_admin(Act::Undo(LAST, CURRENT)),
    ]);
}

#[test]
fn an_undone_conversion_shows_the_stage_of_the_score_by_then() {
    tell(&[
        visit(0, Filling::Calm),
        by_admin(Act::Convert(LAST, OVERRIDE, CURRENT)),
        by_admin(Act::Edit(LAST, Change::Worth(2), CURRENT)),
        by_admin(Act::Undo(LAST, CURRENT)),
    ]);
}
