//! Holds every write against the audit trail (spec R3). Triggers note what a batch writes; for each record that it makes and each
//! column that it changes a row of the same batch must tell, and no row may tell of anything else.

use std::cell::Cell;
use std::collections::BTreeMap;

use rusqlite::{Connection, Row, params_from_iter};
use serde_json::Value;

/// The tables whose records the trail tells of, by the names that it gives them.
const RECORDS: [(&str, &str); 17] = [
    ("accounts", "account"),
    ("activities", "activity"),
    ("api_keys", "api_key"),
    ("companies", "company"),
    ("company_settings", "settings"),
    ("contacts", "contact"),
    ("enrolments", "enrolment"),
    ("forms", "form"),
    ("leads", "lead"),
    ("mails", "mail"),
    ("opportunities", "opportunity"),
    ("pools", "pool"),
    ("sequences", "sequence"),
    ("sessions", "session"),
    ("suppressions", "suppression"),
    ("territories", "territory"),
    ("users", "user"),
];

/// Rows that are only added, and say themselves when and for whom. Each stands in a batch that the trail tells of, but for the last
/// four: a robot's visit, an event that moves a full score, a word that a touch gave before the edit did, and that edit's version.
const LEDGERS: [&str; 14] = [
    "form_tests",
    "form_versions",
    "audit_logs",
    "conversions",
    "sequence_revisions",
    "opportunity_stages",
    "qualifications",
    "touches",
    "mail_events",
    "mail_tries",
    "opt_ins",
    "score_events",
    "consents",
    "entity_versions",
];

/// What is made anew of audited rows, counts turns, mails of a day and visits of a form (numbers of nobody), remembers how far a walk is, or lasts for fifteen minutes.
const TECHNICAL_TABLES: [&str; 9] = [
    "routings",
    "rounds",
    "sign_in_links",
    "mail_days",
    "walks",
    "cron_turns",
    "form_counts",
    "form_submits",
    "form_rolls",
];

/// Columns that need no row, and why.
const TECHNICAL: [(&str, &str, &str); 23] = [
    ("forms", "definition", "stands to the letter in form_versions, whose number is told"),
    ("*", "version", "counts the edits"),
    ("*", "updated_at", "when the last of them was"),
    ("*", "email_key", "of email"),
    ("*", "phone_e164", "of phone and country"),
    ("*", "name_key", "of name"),
    ("*", "company_key", "of company_name, of an account's name"),
    ("leads", "last_name_key", "of last_name"),
    ("leads", "email_domain", "of email"),
    ("leads", "match_slot", "of status and deleted_at"),
    ("leads", "engagement", "the sum of score_events"),
    ("leads", "fit", "stands before and after in score_events"),
    ("leads", "score_raw", "of fit and engagement"),
    ("activities", "account_id", "of the contact's"),
    ("sequences", "steps", "stand in sequence_revisions, whose number is told"),
    (
        "enrolments",
        "next_step due_at held_by lease_id lease_until ended_at last_mail_id",
        "where the engine stands; its mails tell",
    ),
    ("api_keys", "last_used_at", "when it was seen, to the hour"),
    ("mails", "lease_id lease_until next_try_at cap_day", "whose turn it is, and when"),
    ("mails", "tries first_try_at asked_at absent_at sent_at provider provider_id", "of mail_tries"),
    ("mails", "delivered_at opened_at clicked_at bounced_at complained_at", "of mail_events"),
    ("mail_events", "machine judged_at", "whose it was, by rule"),
    ("opt_ins", "mail_id ask_at expires_at confirmed_at", "the mail's creation tells, and the consent that follows"),
    ("sessions", "token_hash previous_hash rotated_at salt used_at", "the cookie of the hour"),
];

/// Columns that a row with this action tells of, whatever it is about.
const TOLD_BY: [(&str, &str, &str); 5] = [
    ("conversions", "undone_at", "undo_conversion"),
    ("sessions", "revoked_at", "logout"),
    ("sessions", "revoked_at", "logout_everywhere"),
    ("sessions", "revoked_at", "token_reuse"),
    // A person's changed address or leave ends their sessions.
    ("sessions", "revoked_at", "update"),
];

/// What else an erasure empties, told by the rows of the records that it erases.
const ERASED: [&str; 11] = [
    "activities",
    "audit_logs",
    "enrolments",
    "form_tests",
    "mail_events",
    "mail_tries",
    "mails",
    "opportunity_stages",
    "opt_ins",
    "qualifications",
    "touches",
];

/// What was noted of one row.
#[derive(Debug)]
struct Note {
    table: String,
    id: String,
    /// `insert`, `delete`, or which columns.
    what: String,
    old: Option<String>,
    new: Option<String>,
}

/// A row of the trail.
#[derive(Debug)]
struct Told {
    request: String,
    entity: String,
    id: String,
    action: String,
    field: Option<String>,
    old: Option<String>,
    new: Option<String>,
}

/// How many columns are noted together: a function takes 32 values at most.
const TOGETHER: usize = 32;

/// Notes what is written to a database.
#[derive(Debug)]
pub(crate) struct Watch {
    /// The columns of each table.
    columns: BTreeMap<String, Vec<String>>,
    seen: Cell<i64>,
}

impl Watch {
    /// Puts the triggers in place. `kind` is `TEMP` where only this connection writes.
    pub(crate) fn on(connection: &Connection, kind: &str) -> Self {
        let noted = "TABLE noted (seq INTEGER PRIMARY KEY, place TEXT, id TEXT, what TEXT, old TEXT, new TEXT)";
        let mut sql = format!("CREATE {kind} {noted};");
        let tables = "SELECT t.name, json_group_array(c.name) FROM main.sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table' \
             AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.name NOT LIKE '\\_%' ESCAPE '\\' AND t.name <> 'd1_migrations' GROUP BY t.name";
        let columns = rows(connection, tables, &[], |row| Ok((row.get(0)?, texts(&row.get::<_, String>(1)?))));
        let columns: BTreeMap<String, Vec<String>> = columns.into_iter().collect();
        for (table, columns) in &columns {
            let id = if columns.iter().any(|column| column == "id") { "id" } else { &columns[0] };
            let insert = |row: &str, what: &str, values: &str| {
                format!(
                    "INSERT INTO noted (place, id, what, old, new) VALUES ('{table}', {row}.{id}, '{what}', {values});"
                )
            };
            let array = |row: &str, columns: &[String]| {
                let values: Vec<String> = columns.iter().map(|column| format!("{row}.{column}")).collect();
                format!("json_array({})", values.join(", "))
            };
            let both = |(at, columns): (usize, &[String])| {
                insert("NEW", &at.to_string(), &format!("{}, {}", array("OLD", columns), array("NEW", columns)))
            };
            let changes: String = columns.chunks(TOGETHER).enumerate().map(both).collect();
            let nothing = "NULL, NULL";
            for (on, body) in [
                ("INSERT", insert("NEW", "insert", nothing)),
                ("UPDATE", changes),
                ("DELETE", insert("OLD", "delete", nothing)),
            ] {
                sql += &format!("CREATE {kind} TRIGGER noted_{table}_{on} AFTER {on} ON {table} BEGIN {body} END;");
            }
        }
        connection.execute_batch(&sql).unwrap();
        Self { columns, seen: Cell::new(0) }
    }

    /// Passes over what was written since the last look, behind the commands' back.
    pub(crate) fn skip(&self, connection: &Connection) {
        self.seen.set(connection.query_row("SELECT ifnull(max(seq), 0) FROM noted", [], |row| row.get(0)).unwrap());
    }

    /// What one batch wrote since the last look and no row tells, and what rows tell that was not written; with the ids of the
    /// requests that the rows name.
    pub(crate) fn unexplained(&self, connection: &Connection) -> (Vec<String>, Vec<String>) {
        let since = self.seen.get();
        let sql = "SELECT place, id, what, old, new FROM noted WHERE seq > ?1 ORDER BY seq";
        let notes = rows(connection, sql, &[since], |row| {
            Ok(Note { table: row.get(0)?, id: row.get(1)?, what: row.get(2)?, old: row.get(3)?, new: row.get(4)? })
        });
        if notes.is_empty() {
            return (Vec::new(), Vec::new());
        }
        self.skip(connection);
        let sql = "SELECT a.request_id, a.entity_type, a.entity_id, a.action, a.field_name, a.old_value, a.new_value FROM noted n \
             JOIN audit_logs a ON a.id = n.id WHERE n.seq > ?1 AND n.place = 'audit_logs' AND n.what = 'insert' ORDER BY n.seq";
        let told = rows(connection, sql, &[since], |row| {
            Ok(Told {
                request: row.get(0)?,
                entity: row.get(1)?,
                id: row.get(2)?,
                action: row.get(3)?,
                field: row.get(4)?,
                old: row.get(5)?,
                new: row.get(6)?,
            })
        });
        let mut requests: Vec<String> = told.iter().map(|row| row.request.clone()).collect();
        requests.dedup();
        let notes = notes.into_iter().flat_map(|note| self.by_column(note)).collect();
        (Batch { notes, told }.problems(), requests)
    }

    /// An update as one note for each column that changed.
    fn by_column(&self, note: Note) -> Vec<Note> {
        let Ok(part) = note.what.parse::<usize>() else { return vec![note] };
        let values = |text: Option<String>| serde_json::from_str::<Vec<Value>>(&text.unwrap_or_default()).unwrap();
        let (old, new) = (values(note.old), values(note.new));
        let columns = self.columns[&note.table].iter().skip(part * TOGETHER);
        let changed = columns.zip(old.iter().zip(&new)).filter(|(_, (old, new))| old != new);
        let note = |(column, (old, new)): (&String, (&Value, &Value))| Note {
            table: note.table.clone(),
            id: note.id.clone(),
            what: column.clone(),
            old: stored(old),
            new: stored(new),
        };
        changed.map(note).collect()
    }
}

/// A column's value as the trail holds it.
fn stored(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Everything that one batch wrote.
struct Batch {
    notes: Vec<Note>,
    told: Vec<Told>,
}

impl Batch {
    fn problems(&self) -> Vec<String> {
        let mut problems: Vec<String> = self.notes.iter().filter_map(|note| self.unknown(note)).collect();
        // From the first value to the last one, as if it were one change.
        let mut changed: BTreeMap<(&str, &str, &str), (&Note, &Note)> = BTreeMap::new();
        for note in self.notes.iter().filter(|note| !["insert", "delete"].contains(&note.what.as_str())) {
            changed.entry((&note.table, &note.id, &note.what)).or_insert((note, note)).1 = note;
        }
        for (place, (first, last)) in &changed {
            if !self.is_exempt(first) {
                let values = (first.old.as_deref(), last.new.as_deref());
                problems.extend(self.chain(place, values).map(|why| format!("{place:?} {values:?}: {why}")));
            }
        }
        for row in &self.told {
            let Some(field) = row.field.as_deref() else { continue };
            let table = table_of(&row.entity);
            let known = ["qualification", "override"].contains(&field);
            if !known && !changed.contains_key(&(table, row.id.as_str(), field)) {
                problems.push(format!("tells what was not written: {row:?}"));
            }
        }
        problems.extend(
            self.told
                .iter()
                .filter(|row| row.request.is_empty() || row.request != self.told[0].request)
                .map(|row| format!("another request than the rest of its batch: {row:?}")),
        );
        problems
    }

    /// What is wrong with a row that was inserted or deleted.
    fn unknown(&self, note: &Note) -> Option<String> {
        let Note { table, id, what, .. } = note;
        let is = |tables: &[&str]| tables.contains(&table.as_str());
        match what.as_str() {
            "insert" if is(&LEDGERS[..7]) && self.told.is_empty() => {
                Some(format!("a row of {table} in a batch without trail"))
            }
            "insert" if is(&LEDGERS) || is(&TECHNICAL_TABLES) => None,
            // As the link that it brings: for fifteen minutes, and for whoever asked.
            "insert" if is(&["mails"]) && self.notes.iter().any(|note| note.table == "sign_in_links") => None,
            "delete" if is(&["mails"]) && id.starts_with("nobody:") => None,
            "insert" => {
                let entity = RECORDS.iter().find(|(name, _)| name == table).map(|(_, entity)| *entity);
                let tells = |row: &&Told| {
                    Some(row.entity.as_str()) == entity
                        && row.id == *id
                        && ["create", "login"].contains(&row.action.as_str())
                };
                let rows = self.told.iter().filter(tells).count();
                (rows != 1).then(|| format!("{rows} rows tell that {table} {id} was made"))
            }
            "delete" => {
                let tells = |row: &Told| row.action == "delete" && row.entity == "suppression" && row.id == *id;
                let told = is(&["suppressions"]) && self.told.iter().filter(|row| tells(row)).count() == 1;
                // A question that nobody is to be asked any more.
                let passes = is(&["sign_in_links", "mail_days", "opt_ins"]);
                (!told && !passes).then(|| format!("{table} {id} was deleted"))
            }
            _ => None,
        }
    }

    /// Whether no row need tell of this change by itself.
    fn is_exempt(&self, note: &Note) -> bool {
        let Note { table, id, what, .. } = note;
        let acted = |action: &str| self.told.iter().any(|row| row.action == action);
        let technical = |(place, columns, _): &(&str, &str, &str)| {
            ["*", table].contains(place) && columns.split(' ').any(|column| column == what)
        };
        let made = self.notes.iter().any(|other| other.what == "insert" && (&other.table, &other.id) == (table, id));
        let erased = self.told.iter().any(|row| row.action == "erase" && row.id == *id);
        // That a provider is asked is told by its try; what comes of it has a row.
        let on_its_way = |state: &Option<String>| matches!(state.as_deref(), Some("queued" | "sending"));
        let asked =
            (table.as_str(), what.as_str()) == ("mails", "state") && on_its_way(&note.old) && on_its_way(&note.new);
        made || erased
            || asked
            || TECHNICAL_TABLES.contains(&table.as_str())
            || TECHNICAL.iter().any(technical)
            || TOLD_BY.iter().any(|(place, column, action)| (*place, *column) == (table, what) && acted(action))
            || (ERASED.contains(&table.as_str()) && acted("erase"))
    }

    /// Why the rows about this column do not lead from its old value to its new one.
    fn chain(
        &self,
        (table, id, column): &(&str, &str, &str),
        (old, new): (Option<&str>, Option<&str>),
    ) -> Option<String> {
        let about =
            |row: &&Told| table_of(&row.entity) == *table && row.id == *id && row.field.as_deref() == Some(column);
        let mut value = old;
        for row in self.told.iter().filter(about) {
            if row.old.as_deref() != value || row.old == row.new {
                return Some(format!("a row says {:?} to {:?}", row.old, row.new));
            }
            value = row.new.as_deref();
        }
        (value != new).then(|| format!("the trail ends at {value:?}"))
    }
}

fn table_of(entity: &str) -> &'static str {
    RECORDS.iter().find(|(_, name)| *name == entity).map_or("", |(table, _)| table)
}

fn texts(json: &str) -> Vec<String> {
    serde_json::from_str(json).unwrap()
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    params: &[i64],
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Vec<T> {
    let mut statement = connection.prepare_cached(sql).unwrap();
    statement.query_map(params_from_iter(params), read).unwrap().map(Result::unwrap).collect()
}
