//! Runs of nurturing: each minute by cron, once more right after somebody asked for a link to sign in, and locally when asked.

use crate::arrival;
use crate::courier::Courier;
use crate::database::D1;
use crate::routes::policy;
use crate::secrets;
use lead_core::id::{Entropy, Id};
use lead_core::time::Instant;
use lead_store::nurture::{Report, Setup, process_nurturing_tasks, send_due_mails};
use serde_json::json;
use worker::{Env, console_error, console_log};

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// All of it.
    All,
    /// What is due in the outbox is handed over.
    Mails,
}

/// An answer that wants the outbox emptied at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hasten;

/// Runs once and logs what was done; whatever goes wrong is logged, too. `at` is what the run takes for now when it begins.
///
/// # Errors
/// What this deployment lacks.
pub(crate) async fn run(env: &Env, work: Work, at: Option<Instant>) -> Result<Report, String> {
    let done = attempt(env, work, at).await;
    match &done {
        Ok(report) => console_log!("{}", json!({ "level": "info", "event": "nurture", "report": report })),
        Err(error) => console_error!("{}", json!({ "level": "error", "event": "nurture", "error": error })),
    }
    done
}

async fn attempt(env: &Env, work: Work, at: Option<Instant>) -> Result<Report, String> {
    let began = arrival::now().ok_or("the clock is out of range")?;
    let lacks = |name: &str| format!("{name} is missing or wrong");
    let secret = secrets::mail(env).ok_or_else(|| lacks("MAIL_SECRET"))?;
    let public_url = secrets::public_url(env).ok_or_else(|| lacks("PUBLIC_URL"))?;
    let courier = Courier::of(env).map_err(lacks)?;
    let database = D1::of(env).map_err(|error| error.to_string())?;
    let mut random = [0_u8; 20];
    getrandom::fill(&mut random).map_err(|error| error.to_string())?;
    let [mut entropy, mut of_run]: [Entropy; 2] = Default::default();
    entropy.copy_from_slice(&random[..10]);
    of_run.copy_from_slice(&random[10..]);
    let at = at.unwrap_or(began);
    let now = || at.plus_ms(arrival::now().unwrap_or(began).ms() - began.ms());
    let setup = Setup {
        now: &now,
        entropy,
        policy: policy()?,
        secret: &secret,
        public_url: &public_url,
        request_id: Id::new(began, &of_run).to_string(),
    };
    Ok(match work {
        Work::All => process_nurturing_tasks(&database, &courier, &setup).await,
        Work::Mails => send_due_mails(&database, &courier, &setup).await,
    })
}
