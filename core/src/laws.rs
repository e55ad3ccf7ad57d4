//! Laws of the rules that hold for every input (spec A2, D3, S4, L6).

use crate::assign::{Assignment, Rule};
use crate::dedup::{self, Candidate, Entity, Keys};
use crate::guard::TokenState;
use crate::id::Id;
use crate::policy::condition::{Condition, Facts, Kind, Scope, Truth};
use crate::policy::{EventKind, Policy};
use crate::qualify::{self, Answers};
use crate::score::{self, Engagement, FitFacts, Reason, TimelineFact};
use crate::spam::{self, SpamFacts, Standing};
use crate::time::Instant;
use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The facts that the conditions here ask about.
const FLAGS: Scope<'static> = &[("p", Kind::Flag), ("q", Kind::Flag)];

/// What a form says of its token where no time speaks against it.
const TOKENS: &[Option<TokenState>] =
    &[None, Some(TokenState::Missing), Some(TokenState::Foreign), Some(TokenState::Old)];

fn policy() -> Policy {
    Policy::builtin().unwrap()
}

fn sum(reasons: &[Reason]) -> i32 {
    reasons.iter().map(|reason| reason.points).sum()
}

fn id(number: u8) -> Id {
    Id::new(Instant::from_ms(1_700_000_000_000).unwrap(), &[number; 10])
}

fn event() -> impl Strategy<Value = EventKind> {
    prop::sample::select(EventKind::ALL)
}

fn timeline() -> impl Strategy<Value = TimelineFact> {
    prop_oneof![
        Just(TimelineFact::Absent),
        Just(TimelineFact::Unparsed),
        Just(TimelineFact::Open),
        any::<i64>().prop_map(TimelineFact::Within),
        (0..200_i64).prop_map(TimelineFact::Within),
    ]
}

fn truth() -> impl Strategy<Value = Truth> {
    prop::sample::select(&[Truth::False, Truth::Unknown, Truth::True])
}

fn key() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[ab]{0,3}")
}

fn keys() -> impl Strategy<Value = Keys> {
    (key(), key(), key(), key(), key()).prop_map(|(email, email_domain, phone, company, person)| Keys {
        email,
        email_domain,
        phone,
        company,
        person,
    })
}

fn candidate() -> impl Strategy<Value = Candidate> {
    (prop::sample::select(Entity::ALL), 0..6_u8, keys()).prop_map(|(entity, number, keys)| Candidate {
        entity,
        id: id(number),
        created_at: i64::from(number % 3),
        // One row has one set of keys, however many keys found it.
        keys: if number == 0 { Keys::default() } else { keys },
    })
}

/// A condition over two flags, and its value for each pair of them.
fn tree() -> impl Strategy<Value = Value> {
    let flag =
        |name: &'static str| any::<bool>().prop_map(move |value| json!({"field": name, "op": "is", "value": value}));
    let known = any::<bool>().prop_map(|value| json!({"field": "p", "op": "known", "value": value}));
    prop_oneof![flag("p"), flag("q"), known].prop_recursive(4, 24, 3, |inner| {
        let list = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            list.clone().prop_map(|nodes| json!({ "any": nodes })),
            list.prop_map(|nodes| json!({ "all": nodes })),
            inner.prop_map(|node| json!({ "not": node })),
        ]
    })
}

fn judge(tree: &Value, facts: &Facts) -> Option<Truth> {
    Condition::parse(tree, FLAGS).ok().map(|condition| condition.judge(facts).truth)
}

proptest! {
    #[test]
    fn a_score_is_the_sum_of_its_reasons(
        source in "[a-z_]{0,12}|referral", authority in prop::option::of("decision_maker|user|boss"), budget_given: bool,
        timeline in timeline(), events in prop::collection::vec(event(), 0..40), extra in -500..500_i32,
    ) {
        let policy = policy();
        let facts = FitFacts { source: &source, authority: authority.as_deref(), budget_given, timeline, ..FitFacts::default() };
        let mut fit = score::fit(&policy, &facts);
        fit.push(Reason::new("extra", extra));
        let score = score::fold(&policy, &fit, &events.into_iter().collect());
        prop_assert_eq!(sum(score.reasons()), i32::from(score.value()));
        prop_assert_eq!(score.raw().clamp(0, 100), i32::from(score.value()));
    }

    #[test]
    fn events_may_come_in_any_order((events, shuffled) in prop::collection::vec(event(), 0..40).prop_flat_map(|events| {
        (Just(events.clone()), Just(events).prop_shuffle())
    })) {
        let policy = policy();
        let fold = |events: Vec<EventKind>| score::fold(&policy, &[], &events.into_iter().collect::<Engagement>());
        prop_assert_eq!(fold(events), fold(shuffled));
    }

    #[test]
    fn each_owner_gets_equally_many(owners in 1..9_u8, rounds in 1..20_u64, start: u32) {
        let eligible: Vec<Id> = (0..owners).map(id).collect();
        let turns = u64::from(owners) * rounds;
        let assignment = Assignment { rule: Rule::Pool, pool_id: Some(id(99)), eligible, skipped: Vec::new(), asked: Vec::new() };
        let mut counts: BTreeMap<&Id, u64> = BTreeMap::new();
        for turn in u64::from(start)..u64::from(start) + turns {
            *counts.entry(assignment.owner(turn).unwrap()).or_default() += 1;
        }
        prop_assert_eq!(counts.len(), usize::from(owners));
        prop_assert!(counts.values().all(|count| *count == rounds));
    }

    #[test]
    fn candidates_may_come_in_any_order((subject, candidates, shuffled) in
        (keys(), prop::collection::btree_map(0..18_u8, candidate(), 0..12)).prop_flat_map(|(subject, candidates)| {
            let rows: BTreeMap<_, _> = candidates.into_values().map(|row| ((row.entity, row.id.clone()), row)).collect();
            let rows: Vec<Candidate> = rows.into_values().collect();
            (Just(subject), Just(rows.clone()), Just(rows).prop_shuffle())
        })
    ) {
        let policy = policy();
        let verdict = dedup::judge(&policy, &subject, &candidates);
        prop_assert_eq!(&verdict, &dedup::judge(&policy, &subject, &shuffled));
        let twice: Vec<Candidate> = shuffled.iter().chain(&candidates).cloned().collect();
        prop_assert_eq!(&verdict, &dedup::judge(&policy, &subject, &twice));
        let found = verdict.exact.len() + verdict.possible.len() + verdict.customers.len();
        prop_assert!(found <= candidates.len());
    }

    #[test]
    fn text_and_silence_never_quarantine(first in "\\PC{0,24}", last in "[Pаaul]{0,8}|http://x", company in "\\PC{0,40}", message in "\\PC{0,80}", token in 0..TOKENS.len()) {
        let facts = SpamFacts {
            token: TOKENS[token], is_form: true, first_name: &first, last_name: &last, company_name: &company, message: &message, ..SpamFacts::default()
        };
        let verdict = spam::judge(&policy(), &facts);
        prop_assert!(verdict.standing != Standing::Quarantine);
        prop_assert_eq!(sum(&verdict.reasons), i32::from(verdict.score));
    }

    #[test]
    fn a_qualification_is_the_sum_of_its_reasons(bant in prop::array::uniform4(any::<bool>()), bonus in 0..8_usize) {
        let names = ["metrics", "economic_buyer", "decision_criteria", "decision_process", "identify_pain", "champion", "competition"];
        let meddicc: BTreeMap<&str, &str> = names.into_iter().take(bonus).map(|name| (name, "yes")).collect();
        let [budget, authority, need, timeline] = bant.map(|met| json!({ "met": met }));
        let answers = json!({"bant": {"budget": budget, "authority": authority, "need": need, "timeline": timeline}, "meddicc": meddicc});
        let answers: Answers = serde_json::from_value(answers).unwrap();
        let verdict = qualify::qualify(&policy(), &answers, false);
        prop_assert_eq!(sum(&verdict.reasons), i32::from(verdict.qualification_score));
        prop_assert_eq!(verdict.missing_criteria.len(), bant.iter().filter(|met| !**met).count());
    }

    #[test]
    fn three_valued_logic_obeys_de_morgan(a in truth(), b in truth(), c in truth()) {
        prop_assert_eq!(!(a.and(b)), (!a).or(!b));
        prop_assert_eq!(!!a, a);
        prop_assert_eq!(a.and(b), b.and(a));
        prop_assert_eq!(a.and(b.and(c)), a.and(b).and(c));
        prop_assert_eq!(a.or(b.and(c)), a.or(b).and(a.or(c)));
        prop_assert_eq!(a.or(a.and(b)), a);
        if a == Truth::Unknown {
            prop_assert_eq!(a.or(!a), Truth::Unknown);
        }
    }

    #[test]
    fn what_is_decided_stays_decided_once_more_is_known(tree in tree(), p: bool, q: bool) {
        // `known` asks about the ignorance itself, so it alone may change its answer.
        let nothing = judge(&tree, &Facts::default());
        let some = judge(&tree, &Facts::default().flag("p", Some(p)));
        let all = judge(&tree, &Facts::default().flag("p", Some(p)).flag("q", Some(q)));
        if let (Some(nothing), Some(some), Some(all)) = (nothing, some, all) {
            prop_assert!(all != Truth::Unknown);
            prop_assert!(some == Truth::Unknown || some == all);
            if !tree.to_string().contains("known") {
                prop_assert!(nothing == Truth::Unknown);
            }
        }
    }

    #[test]
    fn the_leaves_that_decided_suffice(tree in tree(), p: Option<bool>, q: Option<bool>, other: Option<bool>) {
        if let Ok(condition) = Condition::parse(&tree, FLAGS) {
            let judgement = condition.judge(&Facts::default().flag("p", p).flag("q", q));
            prop_assert!(!judgement.decided_by.is_empty());
            let leaf = |pointer: &String| tree.pointer(pointer).and_then(|leaf| leaf.get("field")).and_then(Value::as_str);
            let fields: Vec<Option<&str>> = judgement.decided_by.iter().map(leaf).collect();
            prop_assert!(fields.iter().all(Option::is_some));
            if judgement.truth != Truth::Unknown && !fields.contains(&Some("q")) {
                let facts = Facts::default().flag("p", p).flag("q", other);
                prop_assert_eq!(condition.judge(&facts).truth, judgement.truth);
            }
        }
    }
}

#[test]
fn the_compiled_in_policy_parses() {
    assert_eq!(policy().version(), "default-1");
}

/// A stored score names its policy. Once a version is released, other rules want another name; this digest then changes with it.
#[test]
fn other_rules_have_another_name() {
    let whole: Value = serde_json::from_str(Policy::default_text()).unwrap();
    let digest: String = Sha256::digest(whole.to_string()).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((whole["version"].as_str(), digest.as_str()), (Some("default-1"), "3f4387a97862"));
}
