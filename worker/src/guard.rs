//! What the edge finds out of a form's filling besides the values: which proofs served already, and Turnstile's word.

use crate::arrival::Arrival;
use crate::secrets;
use form_urlencoded::Serializer;
use lead_core::form::Form;
use lead_core::guard::{
    Challenge, Evidence, FormSecret, ProofState, TURNSTILE_URL, TurnstileState, read_turnstile, turnstile_key,
};
use lead_core::policy::Policy;
use lead_core::submission::Filling;
use lead_core::time::Instant;
use serde_json::json;
use std::cell::RefCell;
use std::collections::HashMap;
use worker::wasm_bindgen::JsValue;
use worker::{AbortSignal, Env, Fetch, Headers, Method, Request, RequestInit, console_error, web_sys};

/// More proofs than this are looked through for those whose time is over.
const MOST: usize = 10_000;

/// For how long Turnstile may think, in milliseconds: a visitor waits meanwhile.
const PATIENCE: u32 = 3_000;

thread_local! {
    /// Challenges that served, until when they could, and for which submission. Kept per isolate: a row for each would cost every
    /// visitor a write, and whoever meets another isolate did the work all the same.
    static SPENT: RefCell<HashMap<String, (Instant, String)>> = RefCell::new(HashMap::new());
}

/// The evidence of a filling. `key` names the submission: the same one may bring its proof again.
pub(crate) async fn evidence(
    form: &Form,
    filling: &Filling,
    key: &str,
    policy: &Policy,
    env: &Env,
    arrival: &Arrival,
) -> Evidence {
    let secret = secrets::form(env);
    let content = form.definition.content();
    let of_form = Evidence::of(filling, form, secret.as_ref(), policy, arrival.now);
    let proof = secret.filter(|_| content.proof_of_work.is_some());
    let proof = proof.map(|secret| proven(&secret, form, filling, key, arrival.now));
    let turnstile = match secrets::text(env, "TURNSTILE_SECRET") {
        secret if !secret.is_empty() && content.turnstile_site_key.is_some() => {
            Some(vouched(&secret, filling.turnstile.as_deref(), key, env).await)
        }
        _ => None,
    };
    Evidence { proof, turnstile, ..of_form }
}

fn proven(secret: &FormSecret, form: &Form, filling: &Filling, key: &str, now: Instant) -> ProofState {
    let proven = Challenge::prove(secret, form, filling.proof.as_deref(), now);
    let Some((challenge, ends)) = proven.spent else { return proven.state };
    SPENT.with(|spent| {
        let mut spent = spent.borrow_mut();
        if spent.get(&challenge).is_some_and(|(_, other)| other != key) {
            return ProofState::Reused;
        }
        if spent.len() >= MOST {
            spent.retain(|_, (ends, _)| *ends >= now);
            if spent.len() >= MOST {
                spent.clear();
            }
        }
        spent.insert(challenge, (ends, key.to_owned()));
        proven.state
    })
}

async fn vouched(secret: &str, answer: Option<&str>, key: &str, env: &Env) -> TurnstileState {
    let Some(answer) = answer else { return TurnstileState::Missing };
    let url = env.var("TURNSTILE_URL").map(|url| url.to_string()).unwrap_or_else(|_| TURNSTILE_URL.to_owned());
    match ask(&url, secret, answer, key).await {
        Ok(answer) => read_turnstile(&answer),
        Err(error) => {
            console_error!("{}", json!({ "level": "error", "event": "turnstile", "error": error.to_string() }));
            TurnstileState::Silent
        }
    }
}

async fn ask(url: &str, secret: &str, answer: &str, key: &str) -> worker::Result<Vec<u8>> {
    let pairs = [("secret", secret), ("response", answer), ("idempotency_key", &turnstile_key(key))];
    let body = Serializer::new(String::new()).extend_pairs(pairs).finish();
    let headers = Headers::new();
    headers.set("content-type", "application/x-www-form-urlencoded")?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_headers(headers).with_body(Some(JsValue::from_str(&body)));
    let request = Request::new_with_init(url, &init)?;
    let signal = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(PATIENCE));
    let mut answer = Fetch::Request(request).send_with_signal(&signal).await?;
    answer.bytes().await
}
