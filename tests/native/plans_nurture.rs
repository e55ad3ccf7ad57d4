//! No query of a run walks a table that grows: whatever it looks for it finds by an index, company by company (spec D2).

use lead_store::nurture;

use super::stage::Stage;

/// What a company has few of, one row of, or what is bounded by the list that is handed in.
const FEW: [&str; 6] = [
    // The active sequences of a company.
    "USING INDEX sequences_active (company_id=?)",
    "USING COVERING INDEX sequences_active (company_id=?)",
    // How far its walk is, and its settings: one row each.
    "SEARCH w USING PRIMARY KEY (company_id=?)",
    "SEARCH walks USING PRIMARY KEY (company_id=?)",
    "SEARCH c USING INDEX sqlite_autoindex_companies_1 (id=?)",
    "USING PRIMARY KEY (name=?)",
];

/// The steps of a plan that read more than they should.
fn wide(steps: &[String]) -> Vec<&String> {
    let made = |step: &str| {
        let table = step.split_whitespace().nth(1).unwrap_or_default();
        let of = |how: &str| steps.iter().any(|other| other.starts_with(&format!("{how} {table}")));
        ["c", "told"].contains(&table) || of("CO-ROUTINE") || of("MATERIALIZE")
    };
    let is_wide = |step: &&String| {
        let few = FEW.iter().any(|known| step.contains(known));
        let scans =
            step.starts_with("SCAN") && !["VIRTUAL TABLE", "CONSTANT ROW"].iter().any(|known| step.contains(known));
        let company_alone = step.contains("(company_id=?)") || step.contains("ANY(") || step.contains("AUTOMATIC");
        !few && ((scans && !made(step)) || company_alone)
    };
    steps.iter().filter(is_wide).collect()
}

#[test]
fn a_run_walks_no_table() {
    let stage = Stage::new(1);
    let all = nurture::explainable();
    assert!(all.len() > 40, "{} statements", all.len());
    let mut wrong = Vec::new();
    for (sql, index) in all {
        let steps = stage.database.explain(sql);
        let mut wide = wide(&steps);
        // The newest row of a company's trail: the first one from its end.
        wide.retain(|step| {
            !(sql.contains("ORDER BY a.id DESC LIMIT 1") && *step == "SEARCH a USING PRIMARY KEY (company_id=?)")
        });
        let found = steps.iter().any(|step| step.contains("SEARCH") && step.contains(index));
        if !wide.is_empty() || !(index.is_empty() || found) {
            wrong.push(format!("{wide:?} by {index} in {steps:?} of {sql}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wide_plan_of_a_run_is_noticed() {
    let stage = Stage::new(1);
    for sql in [
        "SELECT * FROM enrolments WHERE state = 'active'",
        "SELECT * FROM enrolments WHERE company_id = ?1 AND held_by = 'consent'",
        "UPDATE mails SET state = j.value ->> 'state' FROM json_each(?2) j WHERE company_id = ?1 AND mails.id = j.value ->> 'id'",
        "SELECT count(*) FROM audit_logs a WHERE a.created_at > ?1",
    ] {
        let steps = stage.database.explain(sql);
        assert!(!wide(&steps).is_empty(), "{steps:?} of {sql}");
    }
}
