//! walk
use super::Run;
use crate::statement::Database;
pub(super) async fn run<D: Database>(run: &mut Run<'_, D>) { let _ = run; }
