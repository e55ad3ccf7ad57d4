//! Conditions as data: a typed tree over declared facts, with "unknown" as a value of its own.
//!
//! `{"all": [..]}`, `{"any": [..]}`, `{"not": ..}` or `{"field": "country", "op": "in", "value": ["IN"]}`. Operators:
//! text `is`, `in`; number `is`, `above`, `below`, `at_least`, `at_most`; flag `is`; any field `known` (true or false).

mod leaf;

pub(crate) use leaf::{Test, capital, fold};

use super::reader::{At, PolicyError, Reader};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a condition may ask about: each fact's name and type.
pub type Scope<'a> = &'a [(&'a str, Kind)];

/// The type of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, compared without regard to case and outer blanks.
    Text,
    /// A whole number.
    Number,
    /// True or false.
    Flag,
}

/// The value of a fact that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Known {
    /// True or false.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// Text.
    Text(String),
}

/// The facts of one lead; what is absent is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<String, Known>);

impl Facts {
    /// Adds a text; `None` and blank text stay unknown.
    #[must_use]
    pub fn text(self, name: &str, value: Option<&str>) -> Self {
        let value = value.filter(|value| !value.trim().is_empty());
        self.with(name, value.map(|value| Known::Text(value.to_owned())))
    }

    /// Adds a number; `None` stays unknown.
    #[must_use]
    pub fn number(self, name: &str, value: Option<i64>) -> Self {
        self.with(name, value.map(Known::Number))
    }

    /// Adds a flag; `None` stays unknown.
    #[must_use]
    pub fn flag(self, name: &str, value: Option<bool>) -> Self {
        self.with(name, value.map(Known::Flag))
    }

    fn with(mut self, name: &str, value: Option<Known>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value);
        }
        self
    }
}

/// True, false or not known (Kleene's strong three-valued logic).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Truth {
    /// It does not hold.
    False,
    /// A fact that would decide it is missing.
    Unknown,
    /// It holds.
    True,
}

impl Truth {
    /// The weaker of the two: false if one is, true if both are.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// The stronger of the two: true if one is, false if both are.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    /// The opposite; of unknown, unknown.
    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// Whether a condition holds, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// Whether it holds.
    pub truth: Truth,
    /// The leaves that decided, as pointers into the condition: without them the answer could differ.
    pub decided_by: Vec<String>,
}

/// A condition that was checked against its scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition(Node);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Leaf { field: String, test: Test },
}

/// How deep a condition may nest, so that judging it cannot exhaust the stack.
const MAX_DEPTH: usize = 16;

impl Condition {
    /// Reads a condition over the facts of `scope`.
    ///
    /// # Errors
    /// Everything that is wrong with it: unknown members, fields or operators, values of another type, empty
    /// lists, and an `all` that can never hold.
    pub fn parse(value: &Value, scope: Scope<'_>) -> Result<Self, Vec<PolicyError>> {
        let mut reader = Reader::default();
        let condition = Self::read(&mut reader, &At::root(value), scope);
        condition.filter(|_| reader.errors.is_empty()).ok_or(reader.errors)
    }

    pub(super) fn read(reader: &mut Reader, at: &At<'_>, scope: Scope<'_>) -> Option<Self> {
        Node::parse(reader, at, scope, 0).map(Self)
    }

    /// Text facts against lists, all of which must agree; an empty list leaves its fact free. `None` if all are empty.
    #[must_use]
    pub fn of_lists(lists: &[(&str, &[String])]) -> Option<Self> {
        let leaves: Vec<Node> = lists
            .iter()
            .filter(|(_, values)| !values.is_empty())
            .map(|(field, values)| Node::Leaf {
                field: (*field).to_owned(),
                test: Test::OneOf(values.iter().map(|text| fold(text)).collect()),
            })
            .collect();
        (!leaves.is_empty()).then_some(Self(Node::All(leaves)))
    }

    /// The condition in postfix order, for who compiles it: each leaf, then what joins the nodes before it.
    pub(crate) fn postfix<'a>(&'a self, tell: &mut impl FnMut(Part<'a>)) {
        self.0.postfix(tell);
    }

    /// Whether the condition holds for these facts, and which of its leaves decided that.
    #[must_use]
    pub fn judge(&self, facts: &Facts) -> Judgement {
        self.0.judge(facts, "")
    }
}

/// A part of a condition in postfix order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'a> {
    /// What is asked of one fact.
    Leaf(&'a str, &'a Test),
    /// The two before hold.
    And,
    /// One of the two before holds.
    Or,
    /// The one before does not hold.
    Not,
}

impl Node {
    fn postfix<'a>(&'a self, tell: &mut impl FnMut(Part<'a>)) {
        match self {
            Self::Leaf { field, test } => tell(Part::Leaf(field, test)),
            Self::Not(inner) => {
                inner.postfix(tell);
                tell(Part::Not);
            }
            Self::All(nodes) | Self::Any(nodes) => {
                for (at, node) in nodes.iter().enumerate() {
                    node.postfix(tell);
                    match self {
                        _ if at == 0 => {}
                        Self::All(_) => tell(Part::And),
                        _ => tell(Part::Or),
                    }
                }
            }
        }
    }

    fn parse(reader: &mut Reader, at: &At<'_>, scope: Scope<'_>, depth: usize) -> Option<Self> {
        let members = at.value?.as_object().map(|map| map.keys().map(String::as_str).collect::<Vec<_>>());
        if depth > MAX_DEPTH {
            reader.refuse(&at.pointer, format!("conditions nest at most {MAX_DEPTH} deep"));
            return None;
        }
        let shapes = "all, any, not, or field with op and value";
        match members.as_deref() {
            Some([name @ ("all" | "any")]) => {
                let object = reader.object(at, &[name]);
                let place = reader.need(&object, name);
                let items = reader.list(&place);
                if items.is_empty() {
                    reader.refuse(&place.pointer, "a list without conditions says nothing");
                }
                let nodes: Option<Vec<Self>> = items
                    .iter()
                    .map(|item| Self::parse(reader, item, scope, depth + 1))
                    .collect::<Vec<_>>()
                    .into_iter()
                    .collect();
                let nodes = nodes?;
                if *name == "any" {
                    return Some(Self::Any(nodes));
                }
                if let Some(reason) = contradiction(&nodes) {
                    reader.refuse(&place.pointer, reason);
                }
                Some(Self::All(nodes))
            }
            Some(["not"]) => {
                let object = reader.object(at, &["not"]);
                let place = reader.need(&object, "not");
                Some(Self::Not(Box::new(Self::parse(reader, &place, scope, depth + 1)?)))
            }
            Some(names) if names.contains(&"field") => Self::parse_leaf(reader, at, scope),
            _ => {
                reader.refuse(&at.pointer, format!("a condition is an object with {shapes}"));
                None
            }
        }
    }

    fn parse_leaf(reader: &mut Reader, at: &At<'_>, scope: Scope<'_>) -> Option<Self> {
        let object = reader.object(at, &["field", "op", "value"]);
        let (name, op, value) =
            (reader.need(&object, "field"), reader.need(&object, "op"), reader.need(&object, "value"));
        let text = reader.text(&name);
        let declared = scope.iter().find(|(declared, _)| *declared == text);
        if declared.is_none() && !text.is_empty() {
            let known: Vec<&str> = scope.iter().map(|(name, _)| *name).collect();
            reader.refuse(&name.pointer, format!("unknown field; known are {}", known.join(", ")));
        }
        let (field, kind) = declared?;
        let test = Test::parse(reader, *kind, &op, &value)?;
        Some(Self::Leaf { field: (*field).to_owned(), test })
    }

    fn judge(&self, facts: &Facts, pointer: &str) -> Judgement {
        match self {
            Self::Leaf { field, test } => {
                Judgement { truth: test.judge(facts.0.get(field)), decided_by: vec![pointer.to_owned()] }
            }
            Self::Not(inner) => {
                let inner = inner.judge(facts, &format!("{pointer}/not"));
                Judgement { truth: !inner.truth, decided_by: inner.decided_by }
            }
            Self::All(nodes) => combine(nodes, facts, &format!("{pointer}/all"), Truth::False),
            Self::Any(nodes) => combine(nodes, facts, &format!("{pointer}/any"), Truth::True),
        }
    }
}

/// One node that says `decisive` settles the whole; else all unknown ones leave it open; else all decided together.
fn combine(nodes: &[Node], facts: &Facts, pointer: &str, decisive: Truth) -> Judgement {
    let mut judged = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.iter().enumerate() {
        let judgement = node.judge(facts, &format!("{pointer}/{index}"));
        if judgement.truth == decisive {
            return judgement;
        }
        judged.push(judgement);
    }
    let open = judged.iter().any(|judgement| judgement.truth == Truth::Unknown);
    let truth = if open { Truth::Unknown } else { !decisive };
    let decided_by =
        judged.into_iter().filter(|judgement| judgement.truth == truth).flat_map(|judgement| judgement.decided_by);
    Judgement { truth, decided_by: decided_by.collect() }
}

/// Why leaves that must hold together never can: a field has one value at a time.
fn contradiction(nodes: &[Node]) -> Option<String> {
    let mut leaves: Vec<(&str, &Test)> = Vec::new();
    collect(nodes, &mut leaves);
    leaves.iter().enumerate().find_map(|(index, (field, test))| {
        let clash = leaves.iter().take(index).any(|(other, earlier)| other == field && !earlier.agrees(test));
        clash.then(|| format!("can never hold: {field} has one value at a time, and these exclude each other"))
    })
}

fn collect<'a>(nodes: &'a [Node], leaves: &mut Vec<(&'a str, &'a Test)>) {
    for node in nodes {
        match node {
            Node::Leaf { field, test } => leaves.push((field, test)),
            Node::All(inner) => collect(inner, leaves),
            Node::Any(_) | Node::Not(_) => {}
        }
    }
}
