//! The states of a lead and the moves between them (spec M1).

use super::names::named;
use super::reader::{At, Reader};
use std::collections::BTreeSet;

named! {
    /// Where a lead stands in its life (spec M1).
    Status {
        /// Just arrived.
        New = "new",
        /// Somebody reached out to it.
        Contacted = "contacted",
        /// Met the criteria.
        Qualified = "qualified",
        /// Did not meet the criteria; may be recycled.
        Unqualified = "unqualified",
        /// Became an account; never re-opens.
        Converted = "converted",
        /// Came back after being unqualified.
        Recycled = "recycled",
        /// Given up for good, with a reason.
        Disqualified = "disqualified",
    }
}

named! {
    /// How far a lead has come, as its status and score say (spec M2).
    Stage {
        /// Knows of us.
        Awareness = "awareness",
        /// Weighs us up.
        Consideration = "consideration",
        /// Is about to decide.
        Decision = "decision",
        /// Bought or became an account.
        Converted = "converted",
    }
}

named! {
    /// An act that changes a lead's status (spec M1).
    Move {
        /// An outbound call, mail by a person, message or meeting.
        Contact = "contact",
        /// A qualification that was passed.
        Qualify = "qualify",
        /// A qualification that was failed.
        Unqualify = "unqualify",
        /// Account, contact and opportunity are made of the lead.
        Convert = "convert",
        /// Given up, with a reason.
        Disqualify = "disqualify",
        /// Taken up again.
        Recycle = "recycle",
    }
}

/// Which move leads from where to where: one row per move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transitions {
    initial: Status,
    rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    by: Move,
    from: Vec<Status>,
    to: Status,
}

/// A move that the table does not have (spec M1): what was asked, and what would be possible instead.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Impossible {
    /// The state the lead is in.
    pub status: Status,
    /// The move that was asked for.
    #[serde(rename = "move")]
    pub asked: Move,
    /// The states that can be reached from here by one move, in the table's order.
    pub possible: Vec<Status>,
}

impl Transitions {
    /// The state of a lead that was just made.
    #[must_use]
    pub fn initial(&self) -> Status {
        self.initial
    }

    /// The state that `by` leads to from `from`.
    ///
    /// # Errors
    /// `Impossible` where the table has no such move, with the states that are possible.
    pub fn after(&self, from: Status, by: Move) -> Result<Status, Impossible> {
        match self.rows.iter().find(|row| row.by == by && row.from.contains(&from)) {
            Some(row) => Ok(row.to),
            None => Err(Impossible { status: from, asked: by, possible: self.possible(from) }),
        }
    }

    /// The other states that one move reaches from `from`; empty for a terminal one.
    #[must_use]
    pub fn possible(&self, from: Status) -> Vec<Status> {
        self.rows.iter().filter(|row| row.from.contains(&from) && row.to != from).map(|row| row.to).collect()
    }

    /// Whether anything can still happen to a lead in this state.
    #[must_use]
    pub fn is_open(&self, status: Status) -> bool {
        !self.possible(status).is_empty()
    }

    pub(super) fn parse(reader: &mut Reader, at: &At<'_>) -> Self {
        let before = reader.errors.len();
        let object = reader.object(at, &["initial", "moves"]);
        let initial = reader.need(&object, "initial");
        let initial = reader.choice(&initial, Status::parse, Status::NAMES).unwrap_or(Status::New);
        let place = reader.need(&object, "moves");
        let mut rows: Vec<Row> = Vec::new();
        for item in reader.list(&place) {
            let Some(row) = Row::parse(reader, &item) else { continue };
            if rows.iter().any(|known| known.by == row.by) {
                reader.refuse(&item.pointer, format!("the move {} has a row already", row.by));
            }
            rows.push(row);
        }
        let table = Self { initial, rows };
        if place.value.is_some() && reader.errors.len() == before {
            table.check(reader, &place.pointer);
        }
        table
    }

    fn check(&self, reader: &mut Reader, pointer: &str) {
        for by in Move::ALL {
            if !self.rows.iter().any(|row| row.by == *by) {
                reader.refuse(pointer, format!("the move {by} has no row"));
            }
        }
        let mut reached = BTreeSet::from([self.initial]);
        let mut open = vec![self.initial];
        while let Some(status) = open.pop() {
            open.extend(self.possible(status).into_iter().filter(|next| reached.insert(*next)));
        }
        for status in Status::ALL.iter().filter(|status| !reached.contains(status)) {
            let way_in = self.rows.iter().any(|row| row.to == *status && row.from.iter().any(|from| from != status));
            let reason = if way_in { "cannot be reached from the initial state" } else { "has no way in" };
            reader.refuse(pointer, format!("the state {status} {reason}"));
        }
        for status in [Status::Converted, Status::Disqualified] {
            if self.is_open(status) {
                reader.refuse(pointer, format!("the state {status} is terminal and cannot be left"));
            }
        }
        for status in Status::ALL {
            let passes = self.after(*status, Move::Qualify).is_ok();
            if passes != self.after(*status, Move::Unqualify).is_ok() {
                reader.refuse(pointer, format!("in the state {status} a qualification has only one possible outcome"));
            }
        }
    }
}

impl Row {
    fn parse(reader: &mut Reader, at: &At<'_>) -> Option<Self> {
        let object = reader.object(at, &["move", "from", "to"]);
        let by = reader.need(&object, "move");
        let by = reader.choice(&by, Move::parse, Move::NAMES);
        let to = reader.need(&object, "to");
        let to = reader.choice(&to, Status::parse, Status::NAMES);
        let place = reader.need(&object, "from");
        let mut from = Vec::new();
        for item in reader.list(&place) {
            let Some(status) = reader.choice(&item, Status::parse, Status::NAMES) else { continue };
            if from.contains(&status) {
                reader.refuse(&item.pointer, format!("the state {status} is listed twice"));
            }
            from.push(status);
        }
        if from.is_empty() {
            reader.refuse(&place.pointer, "a move that starts nowhere can never be made");
        }
        Some(Self { by: by?, from, to: to? })
    }
}
