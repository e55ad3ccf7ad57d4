//! Stories: steps in random order, weighed so that leads get through the whole flow.

use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop, prop_oneof};

use super::super::stage::Who;
use super::step::{
    Act, Answers, Change, Condition, Deal, Filling, Happened, Kind, LAST, Line, NONE, On, SDRS, Said, Seen, Stage, Step,
};
use super::world::PERSONS;

const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600 * SECOND;

fn anyone() -> impl Strategy<Value = Who> {
    prop_oneof![3 => Just(Who::Admin), 2 => Just(Who::Manager), 2 => (0..SDRS).prop_map(Who::Sdr)]
}

fn superior() -> impl Strategy<Value = Who> {
    prop_oneof![Just(Who::Admin), Just(Who::Manager)]
}

fn seen() -> impl Strategy<Value = Seen> {
    prop_oneof![12 => Just(Seen::Current), 2 => Just(Seen::Any), 1 => Just(Seen::Older), 1 => Just(Seen::Nothing)]
}

/// A record by number, often the newest.
fn record() -> impl Strategy<Value = usize> {
    prop_oneof![12 => 0..6_usize, 4 => Just(LAST), 1 => Just(NONE)]
}

fn said() -> impl Strategy<Value = Said> {
    let filling = prop_oneof![6 => Just(Filling::Calm), 1 => Just(Filling::Hasty), 2 => Just(Filling::Trapped)];
    // Mostly one's own phone.
    let phone = prop_oneof![3 => Just(None), 1 => (0..PERSONS.len()).prop_map(Some)];
    (0..PERSONS.len(), phone, 0..3_usize, any::<bool>(), filling).prop_map(
        |(person, phone, worth, consent, filling)| Said {
            person,
            phone_of: phone.unwrap_or(person),
            worth,
            consent,
            filling,
        },
    )
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0..PERSONS.len()).prop_map(Change::Person),
        (0..PERSONS.len()).prop_map(Change::Email),
        (0..PERSONS.len()).prop_map(Change::Phone),
        (0..3_usize).prop_map(Change::Worth),
        any::<bool>().prop_map(Change::Consent),
        any::<bool>().prop_map(Change::Dnd),
    ]
}

fn happened() -> impl Strategy<Value = Happened> {
    let kind = prop_oneof![
        3 => Just(Kind::Call),
        1 => Just(Kind::Email),
        2 => Just(Kind::Meeting),
        1 => Just(Kind::Note),
        1 => Just(Kind::Whatsapp),
    ];
    let outbound = prop_oneof![4 => Just(true), 1 => Just(false)];
    (kind, outbound).prop_map(|(kind, outbound)| Happened { kind, outbound })
}

fn answers() -> impl Strategy<Value = Answers> {
    let bant = prop_oneof![4 => Just(4_usize), 4 => Just(3), 2 => Just(2), 2 => 0..2_usize];
    (bant, prop_oneof![2 => Just(0_usize), 1 => 1..8_usize], prop::bool::weighted(0.2), prop::bool::weighted(0.2))
        .prop_map(|(bant, meddicc, high_risk, confirm)| Answers { bant, meddicc, high_risk, confirm })
}

fn deal() -> impl Strategy<Value = Deal> {
    (any::<bool>(), prop::option::weighted(0.2, record()), prop::bool::weighted(0.4))
        .prop_map(|(amount, account, overriding)| Deal { amount, account, overriding })
}

fn stage() -> impl Strategy<Value = Stage> {
    prop::sample::select(vec![Stage::Prospect, Stage::Proposal, Stage::Negotiation, Stage::Won, Stage::Lost])
}

fn condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        3 => prop::option::weighted(0.8, 0..4_i64).prop_map(Condition::Capacity),
        1 => prop::option::weighted(0.7, Just(30 * HOUR)).prop_map(Condition::Absent),
        1 => any::<bool>().prop_map(Condition::Active),
    ]
}

/// What somebody does with a lead; what only superiors may do is theirs, since the table of endpoints lets nobody else through.
fn lead_act() -> BoxedStrategy<(Who, Act)> {
    let to = || prop_oneof![1 => Just(None), 2 => (0..SDRS + 2).prop_map(Some)];
    prop_oneof![
        1 => (superior(), 0..SDRS + 2, to()).prop_map(|(by, from, to)| (by, Act::Bulk(from, to))),
        4 => (anyone(), record(), change(), seen()).prop_map(|(by, lead, change, seen)| (by, Act::Edit(lead, change, seen))),
        1 => (superior(), record(), seen()).prop_map(|(by, lead, seen)| (by, Act::Delete(lead, seen))),
        2 => (superior(), record(), seen()).prop_map(|(by, lead, seen)| (by, Act::Restore(lead, seen))),
        2 => (superior(), record(), to(), seen()).prop_map(|(by, lead, to, seen)| (by, Act::Assign(lead, to, seen))),
        1 => (anyone(), record(), seen()).prop_map(|(by, lead, seen)| (by, Act::Disqualify(lead, seen))),
        1 => (anyone(), record(), seen()).prop_map(|(by, lead, seen)| (by, Act::Recycle(lead, seen))),
        7 => (anyone(), record(), happened()).prop_map(|(by, lead, happened)| (by, Act::Record(lead, happened))),
        6 => (anyone(), record(), answers(), seen()).prop_map(|(by, lead, answers, seen)| (by, Act::Qualify(lead, answers, seen))),
        7 => (anyone(), record(), deal(), seen()).prop_map(|(by, lead, deal, seen)| (by, Act::Convert(lead, deal, seen))),
        3 => (anyone(), record(), seen()).prop_map(|(by, lead, seen)| (by, Act::Undo(lead, seen))),
    ]
    .boxed()
}

fn sales_act() -> BoxedStrategy<(Who, Act)> {
    let on = prop::sample::select(vec![On::Account, On::Contact, On::Opportunity]);
    prop_oneof![
        1 => (anyone(), 0..PERSONS.len()).prop_map(|(by, person)| (by, Act::OpenAccount(person))),
        2 => (superior(), record(), seen()).prop_map(|(by, account, seen)| (by, Act::CloseAccount(account, seen))),
        3 => (anyone(), record(), 0..PERSONS.len(), any::<bool>())
            .prop_map(|(by, account, person, primary)| (by, Act::OpenContact(account, person, primary))),
        2 => (anyone(), record(), any::<bool>(), seen()).prop_map(|(by, contact, primary, seen)| (by, Act::Appoint(contact, primary, seen))),
        2 => (anyone(), record(), record(), seen())
            .prop_map(|(by, contact, account, seen)| (by, Act::MoveContact(contact, account, seen))),
        2 => (superior(), record(), seen()).prop_map(|(by, contact, seen)| (by, Act::CloseContact(contact, seen))),
        1 => (anyone(), record()).prop_map(|(by, account)| (by, Act::OpenDeal(account))),
        5 => (anyone(), record(), stage(), any::<bool>(), seen())
            .prop_map(|(by, deal, stage, reopen, seen)| (by, Act::MoveDeal(deal, stage, reopen, seen))),
        2 => (anyone(), record(), 0..101_i64, seen()).prop_map(|(by, deal, percent, seen)| (by, Act::RateDeal(deal, percent, seen))),
        1 => (superior(), record(), seen()).prop_map(|(by, deal, seen)| (by, Act::CloseDeal(deal, seen))),
        2 => (anyone(), on, record(), happened()).prop_map(|(by, on, record, happened)| (by, Act::RecordOn(on, record, happened))),
    ]
    .boxed()
}

/// Boxed, as a tree of this size would not fit on the stack of a test.
fn deed() -> BoxedStrategy<(Who, Act)> {
    let key = prop_oneof![3 => Just(None), 1 => (0..3_u8).prop_map(Some)];
    let writes = prop_oneof![2 => Just(Who::Visitor), 1 => anyone()];
    prop_oneof![
        5 => (writes, said(), key).prop_map(|(by, said, key)| (by, Act::Submit(said, key))),
        12 => lead_act(),
        4 => sales_act(),
        1 => (0..SDRS, condition()).prop_map(|(sdr, condition)| (Who::Admin, Act::Condition(sdr, condition))),
        1 => (any::<bool>(), record(), seen()).prop_map(|(lead, number, seen)| (Who::Admin, Act::Erase(lead, number, seen))),
    ]
    .boxed()
}

fn step() -> impl Strategy<Value = Step> {
    (pause(), line(), deed()).prop_map(|(after, line, (by, act))| Step { after, line, by, act })
}

fn line() -> impl Strategy<Value = Line> {
    prop_oneof![16 => Just(Line::Good), 1 => Just(Line::LostBefore), 2 => Just(Line::LostAfter)]
}

fn pause() -> impl Strategy<Value = i64> {
    prop_oneof![4 => Just(SECOND), 2 => Just(HOUR), 1 => Just(25 * HOUR)]
}

/// A lead gets through the flow: single steps at random hardly ever do.
fn sale() -> impl Strategy<Value = Vec<Step>> {
    (anyone(), said(), deal(), pause()).prop_map(|(by, said, deal, after)| {
        let seen = Seen::Current;
        let happened = Happened { kind: Kind::Meeting, outbound: true };
        let answers = Answers { bant: 4, meddicc: 0, high_risk: false, confirm: false };
        let acts = [
            (by, Act::Submit(Said { worth: 2, ..said }, None)),
            (Who::Admin, Act::Record(LAST, happened)),
            (Who::Admin, Act::Qualify(LAST, answers, seen)),
            (Who::Admin, Act::Convert(LAST, deal, seen)),
        ];
        acts.into_iter().map(|(by, act)| Step { after, line: Line::Good, by, act }).collect()
    })
}

/// A lead is hidden and brought back.
fn regret() -> impl Strategy<Value = Vec<Step>> {
    (superior(), record(), pause()).prop_map(|(by, lead, after)| {
        let acts = [Act::Delete(lead, Seen::Current), Act::Restore(lead, Seen::Current)];
        acts.into_iter().map(|act| Step { after, line: Line::Good, by, act }).collect()
    })
}

/// A story; it begins with what some of the SDRs take.
pub(crate) fn story() -> impl Strategy<Value = Vec<Step>> {
    let capacity = (0..SDRS, 0..6_i64).prop_map(|(sdr, leads)| {
        vec![Step {
            after: SECOND,
            line: Line::Good,
            by: Who::Admin,
            act: Act::Condition(sdr, Condition::Capacity(Some(leads))),
        }]
    });
    let part = prop_oneof![24 => step().prop_map(|step| vec![step]), 2 => sale(), 1 => regret()].boxed();
    let parts = (prop::collection::vec(capacity, 0..3), prop::collection::vec(part, 1..80));
    parts.prop_map(|(capacities, parts)| [capacities, parts].concat().concat())
}
