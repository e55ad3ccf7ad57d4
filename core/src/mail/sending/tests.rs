use super::*;
use crate::time::DAY_MS;
use proptest::prelude::*;

const KEYED: Provider = Provider { name: "keyed", repeats: Repeats::Keyed { for_ms: DAY_MS } };
const LOOKED_UP: Provider =
    Provider { name: "looked_up", repeats: Repeats::LookedUp { settled_ms: 15 * 60_000, kept_ms: 6 * DAY_MS } };
const UNKNOWABLE: Provider = Provider { name: "unknowable", repeats: Repeats::Unknowable };

fn at(ms: i64) -> Instant {
    Instant::EPOCH.plus_ms(1_800_000_000_000 + ms)
}

fn fresh() -> Pending<'static> {
    Pending { kind: MailKind::Sequence, tries: 0, asked_at: None, absent_at: None, provider: None, due_at: at(0) }
}

fn asked(provider: &Provider, tries: u32) -> Pending<'static> {
    Pending { tries, asked_at: Some(at(0)), provider: Some(provider.name), ..fresh() }
}

fn call(ms: i64) -> Call {
    Call { began: at(ms), now: at(ms + 500), jitter: 0 }
}

fn reason(act: &Act) -> Option<(MailState, &str)> {
    match act {
        Act::Settle(settled) => Some((settled.state, settled.reason.as_deref()?)),
        Act::Send | Act::LookUp => None,
    }
}

#[test]
fn what_nobody_knows_is_asked_under_its_key_looked_up_or_parked() {
    for provider in [KEYED, LOOKED_UP, UNKNOWABLE] {
        assert_eq!(fresh().act(&provider, at(0)), Act::Send);
    }
    let parked = Some((MailState::Parked, "unclear"));
    assert_eq!(asked(&KEYED, 1).act(&KEYED, at(22 * HOUR_MS)), Act::Send);
    assert_eq!(reason(&asked(&KEYED, 1).act(&KEYED, at(23 * HOUR_MS))), parked);
    assert_eq!(reason(&asked(&KEYED, 1).act(&KEYED, at(-HOUR_MS))), parked, "the clock was set back");
    assert_eq!(asked(&LOOKED_UP, 1).act(&LOOKED_UP, at(15 * 60_000)), Act::LookUp);
    assert_eq!(reason(&asked(&LOOKED_UP, 1).act(&LOOKED_UP, at(6 * DAY_MS))), parked);
    let Act::Settle(waits) = asked(&LOOKED_UP, 1).act(&LOOKED_UP, at(60_000)) else {
        panic!("it was looked up at once")
    };
    assert_eq!(
        (waits.state, waits.next_try_at, waits.asked_at),
        (MailState::Sending, Some(at(15 * 60_000)), Some(at(0)))
    );
    assert_eq!(reason(&asked(&UNKNOWABLE, 1).act(&UNKNOWABLE, at(0))), parked);
    let other = asked(&KEYED, 1).act(&LOOKED_UP, at(0));
    assert_eq!(reason(&other), Some((MailState::Parked, "provider_changed")));
}

#[test]
fn definite_answers_settle_a_mail() {
    let accepted = Answer::Accepted { provider_id: Some("p1".to_owned()) };
    let sent = fresh().answered(&KEYED, &accepted, &call(0));
    assert_eq!((sent.state, sent.provider_id.as_deref(), sent.next_try_at), (MailState::Sent, Some("p1"), None));
    let refused = Answer::Refused { reason: "validation_error".to_owned() };
    let dead = fresh().answered(&KEYED, &refused, &call(0));
    assert_eq!((dead.state, dead.reason.as_deref()), (MailState::Dead, Some("validation_error")));
    // A refusal of this call says nothing of the one before.
    let parked = asked(&KEYED, 1).answered(&KEYED, &refused, &call(60_000));
    assert_eq!((parked.state, parked.reason.as_deref()), (MailState::Parked, Some("unclear")));
}

#[test]
fn a_provider_says_when_and_the_last_try_is_the_last() {
    let retry = |after_ms| Answer::Retry { after_ms, is_full: true };
    let next = |settled: Settled| settled.next_try_at.unwrap().ms() - at(500).ms();
    assert_eq!(next(fresh().answered(&KEYED, &retry(None), &call(0))), 30_000);
    assert_eq!(next(fresh().answered(&KEYED, &retry(Some(600_000)), &call(0))), 600_000);
    assert_eq!(next(fresh().answered(&KEYED, &retry(Some(i64::MAX)), &call(0))), LONGEST_WAIT_MS);
    assert_eq!(next(fresh().answered(&KEYED, &retry(Some(-1)), &call(0))), 30_000);
    let late = Pending { tries: TRIES - 1, ..fresh() };
    let dead = late.answered(&KEYED, &retry(None), &call(0));
    assert_eq!((dead.state, dead.reason.as_deref()), (MailState::Dead, Some("tries")));
    // What may have been taken is not dead.
    let unclear = asked(&KEYED, TRIES).answered(&KEYED, &retry(None), &call(60_000));
    assert_eq!((unclear.state, unclear.asked_at), (MailState::Sending, Some(at(0))));
}

#[test]
fn a_look_up_is_definite() {
    let pending = asked(&LOOKED_UP, 1);
    let found = pending.seen(&LOOKED_UP, &Sight::Found { provider_id: Some("p1".to_owned()) }, &call(HOUR_MS));
    assert_eq!((found.state, found.provider_id.as_deref()), (MailState::Sent, Some("p1")));
    // Once may be a clock that jumped.
    let missed = pending.seen(&LOOKED_UP, &Sight::Absent, &call(HOUR_MS));
    assert_eq!((missed.state, missed.asked_at), (MailState::Sending, Some(at(0))));
    let missed_at = missed.absent_at.unwrap();
    let pending = Pending { absent_at: Some(missed_at), ..pending };
    assert!(
        matches!(pending.act(&LOOKED_UP, missed_at.plus_ms(1)), Act::Settle(wait) if wait.absent_at == Some(missed_at))
    );
    assert_eq!(pending.act(&LOOKED_UP, missed.next_try_at.unwrap()), Act::LookUp);
    let absent = pending.seen(&LOOKED_UP, &Sight::Absent, &call(2 * HOUR_MS));
    assert_eq!((absent.state, absent.asked_at, absent.absent_at), (MailState::Queued, None, None));
    let unclear = pending.seen(&LOOKED_UP, &Sight::Unclear { after_ms: None }, &call(HOUR_MS));
    assert_eq!((unclear.state, unclear.asked_at), (MailState::Sending, Some(at(0))));
    let worn = Pending { absent_at: Some(missed_at), ..asked(&LOOKED_UP, TRIES) };
    let worn = worn.seen(&LOOKED_UP, &Sight::Absent, &call(2 * HOUR_MS));
    assert_eq!((worn.state, worn.reason.as_deref()), (MailState::Dead, Some("tries")));
}

#[test]
fn a_link_to_sign_in_is_given_up_early() {
    let link = Pending { kind: MailKind::SignIn, ..fresh() };
    assert_eq!(link.act(&KEYED, at(SIGN_IN_MS - 1)), Act::Send);
    assert_eq!(reason(&link.act(&KEYED, at(SIGN_IN_MS))), Some((MailState::Dead, "expired")));
    let retry = Answer::Retry { after_ms: Some(HOUR_MS), is_full: false };
    assert_eq!(link.answered(&KEYED, &retry, &call(0)).next_try_at, Some(at(SIGN_IN_MS)));
    let unclear = Pending { kind: MailKind::SignIn, ..asked(&KEYED, 1) };
    assert_eq!(reason(&unclear.act(&KEYED, at(SIGN_IN_MS))), Some((MailState::Parked, "expired")));
}

#[test]
fn pauses_double_and_differ_by_chance() {
    let least: Vec<i64> = (1..=10).map(|tries| pause_ms(tries, None, 0)).collect();
    assert_eq!(least[..4], [30_000, 60_000, 120_000, 240_000]);
    assert_eq!(least[9], LONGEST_PAUSE_MS / 2);
    assert_eq!(pause_ms(1, None, u32::MAX), 60_000);
    assert_eq!(pause_ms(u32::MAX, None, u32::MAX), LONGEST_PAUSE_MS);
}

/// What a provider does with a call, and what comes back of it.
#[derive(Clone, Copy, Debug)]
enum Luck {
    Fine,
    TakenThenLost,
    LostThenNot,
    Later(i64),
    Never,
}

fn luck() -> impl Strategy<Value = Luck> {
    prop_oneof![
        3 => Just(Luck::Fine),
        4 => Just(Luck::TakenThenLost),
        4 => Just(Luck::LostThenNot),
        3 => (0..3 * HOUR_MS).prop_map(Luck::Later),
        1 => Just(Luck::Never),
    ]
}

fn provider() -> impl Strategy<Value = Provider> {
    let settled = (0..HOUR_MS, HOUR_MS..10 * DAY_MS);
    let repeats = prop_oneof![
        (2 * HOUR_MS..3 * DAY_MS).prop_map(|for_ms| Repeats::Keyed { for_ms }),
        settled.prop_map(|(settled_ms, kept_ms)| Repeats::LookedUp { settled_ms, kept_ms }),
        Just(Repeats::Unknowable),
    ];
    repeats.prop_map(|repeats| Provider { name: "any", repeats })
}

/// A provider that does what it says of itself.
#[derive(Default)]
struct Desk {
    keyed_at: Option<Instant>,
    taken: Vec<Instant>,
}

impl Desk {
    fn takes(&mut self, provider: &Provider, now: Instant) {
        if let (Repeats::Keyed { for_ms }, Some(since)) = (provider.repeats, self.keyed_at)
            && now.ms() - since.ms() < for_ms
        {
            return;
        }
        self.keyed_at = Some(now);
        self.taken.push(now);
    }

    fn answer(&mut self, provider: &Provider, luck: Luck, now: Instant) -> Answer {
        match luck {
            Luck::Fine => {
                self.takes(provider, now);
                Answer::Accepted { provider_id: None }
            }
            Luck::TakenThenLost => {
                self.takes(provider, now);
                Answer::Unclear
            }
            Luck::LostThenNot => Answer::Unclear,
            Luck::Later(ms) => Answer::Retry { after_ms: Some(ms), is_full: false },
            Luck::Never => Answer::Refused { reason: "no".to_owned() },
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Whatever a provider answers, and however long runs are apart, a mail is taken at most once, and ends sent, dead or
    /// parked; one that is sent was taken, and one that is dead was not.
    #[test]
    fn no_mail_is_taken_twice_or_lost(
        provider in provider(),
        lucks in prop::collection::vec((luck(), 0..4 * HOUR_MS, any::<u32>()), 80),
    ) {
        let mut desk = Desk::default();
        let (mut state, mut tries, mut asked_at, mut absent_at, mut now) = (MailState::Queued, 0, None, None, at(0));
        let mut next = Some(now);
        for (luck, pause, jitter) in lucks {
            let Some(due) = next else { break };
            now = due.max(now).plus_ms(pause);
            let pending = Pending { tries, asked_at, absent_at, provider: (tries > 0).then_some("any"), ..fresh() };
            let settled = match pending.act(&provider, now) {
                Act::Settle(settled) => settled,
                Act::LookUp => {
                    let sight = match luck {
                        Luck::Fine | Luck::Never if desk.taken.is_empty() => Sight::Absent,
                        Luck::Fine | Luck::Never => Sight::Found { provider_id: None },
                        _ => Sight::Unclear { after_ms: None },
                    };
                    pending.seen(&provider, &sight, &Call { began: now, now, jitter })
                }
                Act::Send => {
                    let answer = desk.answer(&provider, luck, now.plus_ms(jitter as i64 % CALL_MS));
                    let after = now.plus_ms(CALL_MS);
                    tries += 1;
                    pending.answered(&provider, &answer, &Call { began: now, now: after, jitter })
                }
            };
            prop_assert!(desk.taken.len() <= 1, "taken twice: {:?}", desk.taken);
            if let Some(at) = settled.next_try_at {
                prop_assert!(at >= now, "it is tried in the past");
            }
            (state, asked_at, next) = (settled.state, settled.asked_at, settled.next_try_at);
            absent_at = settled.absent_at;
            match state {
                MailState::Sent => prop_assert_eq!(desk.taken.len(), 1),
                MailState::Dead => prop_assert_eq!(desk.taken.len(), 0),
                MailState::Queued => prop_assert_eq!((asked_at, desk.taken.len()), (None, 0)),
                MailState::Sending => prop_assert!(asked_at.is_some()),
                MailState::Parked => prop_assert!(settled.reason.is_some()),
                MailState::Cancelled => prop_assert!(false, "nobody cancelled it"),
            }
        }
        prop_assert!(next.is_none() || matches!(provider.repeats, Repeats::LookedUp { .. }), "{state:?} after 80 runs");
    }
}
