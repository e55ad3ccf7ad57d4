//! `/console/forms/{id}/edit`: a form is edited, looked at and tried out. Drafts are judged by what judges the API's bodies, and
//! saved by its command.

use super::editor_page::{Draft, Said, page, preview};
use super::form::standing;
use super::{Page, see};
use crate::api::call::Call;
use crate::api::endpoint::Verb;
use crate::body::Media;
use crate::reply::{self, Reply};
use crate::routes::form::forget;
use axum::http::StatusCode;
use lead_core::access::{Role, Scope};
use lead_core::body::{Members, Reader, Sent};
use lead_core::command::form::{EditForm, TryForm};
use lead_core::edit::Precondition;
use lead_core::form::{Contrast, Definition, FormRecord, FormValues, Shown, ShownThanks, Taken};
use lead_core::invalid::{Code, Invalid};
use lead_core::problem::Refusal;
use lead_store::failure::Failure;
use lead_store::run::run;
use serde::Serialize;
use serde_json::Value;

/// What all of them ask for.
const fn page_of(verb: Verb, path: &'static str, takes: Option<Media>, handle: Handle) -> Page {
    Page { verb, path, scope: Scope::SettingsWrite, role: Role::Manager, takes, handle }
}

type Handle = for<'a> fn(&'a Call) -> crate::api::endpoint::Answering<'a>;

pub(super) const PAGES: &[Page] = &[
    page_of(Verb::Get, "/console/forms/{id}/edit", None, |call| Box::pin(show(call))),
    page_of(Verb::Post, "/console/forms/{id}/edit", Some(Media::Urlencoded), |call| Box::pin(save(call))),
    page_of(Verb::Post, "/console/forms/{id}/check", Some(Media::Json), |call| Box::pin(check(call))),
    page_of(Verb::Get, "/console/forms/{id}/preview", None, |call| Box::pin(look(call))),
    page_of(Verb::Post, "/console/forms/{id}/try", Some(Media::Json), |call| Box::pin(try_out(call))),
];

async fn show(call: &Call) -> Result<Reply, Reply> {
    let form = standing(call).await?;
    let saved = call.query.iter().any(|(name, _)| name == "saved");
    let said = if saved { Said::Saved } else { Said::Nothing };
    Ok(page(call, StatusCode::OK, &form, &Draft::of(&form), &said))
}

async fn look(call: &Call) -> Result<Reply, Reply> {
    let form = standing(call).await?;
    Ok(preview(&form))
}

async fn save(call: &Call) -> Result<Reply, Reply> {
    let form = standing(call).await?;
    let draft = Draft::read(&Media::Urlencoded.members(&call.body)?);
    let refused =
        |errors: Vec<Invalid>| Ok(page(call, StatusCode::UNPROCESSABLE_ENTITY, &form, &draft, &Said::Refused(errors)));
    let members = match members(&draft) {
        Ok(members) => members,
        Err(errors) => return refused(errors),
    };
    let precondition = Precondition::Versions(draft.version.into_iter().collect());
    let command = EditForm { id: form.id.clone(), sent: Sent::Whole(members), precondition };
    match run(&call.database, &command, &mut call.context()).await {
        Ok(ran) => {
            call.spend(ran.cost);
            forget(&form.id);
            Ok(see(&format!("/console/forms/{}/edit?saved", form.id)))
        }
        Err(Failure::Refused(Refusal::Invalid(errors))) => refused(errors),
        Err(Failure::Refused(Refusal::Stale { .. })) => {
            // Whoever saves once more has read that the form changed: what was typed then takes the place of what stands.
            let now = standing(call).await?;
            let draft = Draft { version: Some(now.stamp.version), ..draft };
            Ok(page(call, StatusCode::PRECONDITION_FAILED, &now, &draft, &Said::Stale))
        }
        Err(failure) => Err(reply::failure(&failure)),
    }
}

/// What was typed as the body that the API takes.
fn members(draft: &Draft) -> Result<Members, Vec<Invalid>> {
    let definition: Value = serde_json::from_str(&draft.definition).map_err(|error| {
        vec![Invalid::told("/definition", Code::MalformedJson, format!("This is no JSON: {error}."))]
    })?;
    let lines = |text: &str| text.lines().map(str::trim).filter(|line| !line.is_empty()).map(Value::from).collect();
    let pairs = [
        ("name", Value::from(draft.name.as_str())),
        ("allowed_origins", lines(&draft.allowed_origins)),
        ("redirect_hosts", lines(&draft.redirect_hosts)),
        ("country", Value::from(draft.country.as_str())),
        ("is_active", Value::from(draft.is_active)),
        ("definition", definition),
    ];
    Ok(Members::of(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
}

/// What the core says of a draft.
#[derive(Default, Serialize)]
struct Checked {
    errors: Vec<Invalid>,
    /// The form as visitors would get it.
    shown: Option<Shown>,
    contrast: Vec<Contrast>,
    /// Whether it asks and says what the saved form does: only then is a trial kept.
    saved: bool,
}

async fn check(call: &Call) -> Result<Reply, Reply> {
    let form = standing(call).await?;
    let locale = call.query.iter().find(|(name, _)| name == "locale").map(|(_, locale)| locale.as_str());
    let checked = match FormValues::parse(call.members()?) {
        Ok(values) => Checked {
            shown: Some(values.definition.shown(form.definition_version, locale)),
            contrast: values.definition.content().theme.contrasts(),
            saved: values.definition == form.values.definition,
            errors: Vec::new(),
        },
        Err(errors) => Checked { errors, ..Checked::default() },
    };
    Ok(reply::json(StatusCode::OK, &checked))
}

/// What became of a trial.
#[derive(Serialize)]
struct Tried {
    /// Whether it is kept, as a test among the submissions.
    kept: bool,
    thanks: ShownThanks,
}

/// Answers in a draft are judged as a visitor's would be. Where the draft is the saved form, they are kept as a test: no lead is
/// made, and nothing is counted (spec F3).
async fn try_out(call: &Call) -> Result<Reply, Reply> {
    let form = standing(call).await?;
    let (definition, answers) = tried(call.members()?).map_err(|errors| reply::invalid(&errors))?;
    let country = form.values.country.unwrap_or(call.principal().country);
    let taken = definition.take(form.definition_version, answers, country, call.policy);
    let Taken { submission, answers, .. } = taken.map_err(|errors| reply::invalid(&errors))?;
    let locale = submission.locale.as_ref().map(|locale| locale.as_str().to_owned());
    let thanks = definition.thanks(&answers, locale.as_deref());
    let kept = definition == form.values.definition;
    if kept {
        let FormRecord { id, definition_version: form_version, .. } = form;
        let mut context = call.context();
        let command = TryForm { id, test_id: context.ids.next_id(), form_version, submission };
        call.run(&command, &mut context).await?;
    }
    Ok(reply::json(StatusCode::OK, &Tried { kept, thanks }))
}

/// The draft's definition, and the answers.
fn tried(members: Members) -> Result<(Definition, Members), Vec<Invalid>> {
    let mut read = Reader::new(members);
    let mut object = |name: &str| match read.take(name) {
        Some(Value::Object(members)) => Some(Members::of(members)),
        Some(_) => read.judge(name, Err(Code::NotObject)),
        None => read.judge(name, Err(Code::Required)),
    };
    let (definition, answers) = (object("definition"), object("answers"));
    read.close(&[])?;
    let (Some(definition), Some(answers)) = (definition, answers) else { return Err(Vec::new()) };
    let within = |error: Invalid| Invalid { pointer: format!("/definition{}", error.pointer), ..error };
    let definition = Definition::parse(definition);
    definition.map(|definition| (definition, answers)).map_err(|errors| errors.into_iter().map(within).collect())
}
