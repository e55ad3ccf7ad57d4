//! Requests as they are on the wire, and answers down to their headers.

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;

use super::client::agent;
use crate::server::{Disk, Server, State};

/// An answer with all of its headers.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Exchange {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Everything but what differs from one request to the next.
    pub(crate) fn comparable(&self) -> (u16, Vec<(String, String)>, String) {
        let changing = ["date", "x-request-id", "x-leadgate-cost", "ratelimit", "ratelimit-policy"];
        let headers = self.headers.iter().filter(|(name, _)| !changing.contains(&name.as_str()));
        (self.status, headers.cloned().collect(), self.text.clone())
    }

    /// What this request cost: round trips, rows read, rows written.
    pub(crate) fn cost(&self) -> [u64; 3] {
        let text = self.header("x-leadgate-cost").unwrap_or_else(|| panic!("no cost: {self:?}"));
        let numbers: Vec<u64> = text.split(' ').map(|part| part.split_once('=').unwrap().1.parse().unwrap()).collect();
        numbers.try_into().unwrap()
    }

    /// The media type, a request id and the security headers are there.
    pub(crate) fn assert_dressed(&self, media_type: &str) {
        assert_eq!(self.header("content-type"), Some(media_type), "{self:?}");
        assert!(self.header("x-request-id").is_some_and(|id| id.len() == 36), "{self:?}");
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"), "{self:?}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self:?}");
        let policy = self.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{self:?}");
        assert!(self.header("referrer-policy").is_some(), "{self:?}");
    }

    /// An RFC 9457 problem of this status and kind.
    pub(crate) fn assert_problem(&self, status: u16, slug: &str) {
        assert_eq!(self.status, status, "{self:?}");
        self.assert_dressed("application/problem+json");
        let body = self.json();
        assert_eq!(body["type"], format!("/problems/{slug}"), "{self:?}");
        assert_eq!(body["status"], status);
        assert!(body["title"].is_string() && body["detail"].is_string(), "{body}");
    }
}

/// A worker with a fresh database.
pub(crate) struct Site {
    agent: Agent,
    server: Server,
    companies: Vec<Value>,
    _state: State,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::with(&json!({}))
    }

    /// With options of xtask/js/serve.mjs.
    pub(crate) fn with(options: &Value) -> Self {
        Self::on(State::new(Disk::Memory), options)
    }

    /// On a database that was prepared.
    pub(crate) fn on(state: State, options: &Value) -> Self {
        let server = Server::start(&state, options);
        Self { agent: redirectless(), server, companies: state.companies(), _state: state }
    }

    /// With options, and with the worker's log in the file that is given back.
    pub(crate) fn logged(options: &Value) -> (Self, std::path::PathBuf) {
        Self::on_logged(State::new(Disk::Memory), options)
    }

    /// The same on a database that was prepared.
    pub(crate) fn on_logged(state: State, options: &Value) -> (Self, std::path::PathBuf) {
        let (server, log) = Server::start_logged(&state, options);
        (Self { agent: redirectless(), server, companies: state.companies(), _state: state }, log)
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    pub(crate) fn seed(&self, company: usize) -> &Value {
        &self.companies[company]
    }

    pub(crate) fn company(&self, company: usize) -> &str {
        self.companies[company]["company_id"].as_str().unwrap()
    }

    pub(crate) fn form_path(&self) -> String {
        format!("/f/{}", self.companies[0]["form_key"].as_str().unwrap())
    }

    pub(crate) fn bearer(&self, company: usize, who: &str) -> String {
        format!("Bearer {}", self.companies[company]["keys"][who].as_str().unwrap())
    }

    /// Sends a request with exactly these headers.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Exchange {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.server.url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = if body.is_empty() {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.body(body).unwrap())
        };
        let mut answer = answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let mut headers: Vec<(String, String)> = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        headers.sort();
        // Pictures are no text.
        let text = String::from_utf8_lossy(&answer.body_mut().read_to_vec().unwrap()).into_owned();
        Exchange { status: answer.status().as_u16(), headers, text }
    }

    /// Creates a lead of the first company through the API.
    pub(crate) fn create(&self, who: &str, values: &Value, headers: &[(&str, &str)]) -> Exchange {
        let key = self.bearer(0, who);
        let mut all = vec![("authorization", key.as_str()), ("content-type", "application/json")];
        all.extend(headers);
        let path = format!("/api/companies/{}/leads", self.company(0));
        self.send("POST", &path, &all, values.to_string().as_bytes())
    }

    /// Reads with a key of the first company.
    pub(crate) fn get(&self, who: &str, path: &str) -> Exchange {
        self.send("GET", path, &[("authorization", &self.bearer(0, who))], b"")
    }

    /// The newest leads that the person sees, at most a page.
    pub(crate) fn list(&self, who: &str) -> Vec<Value> {
        let page = self.get(who, &format!("/api/companies/{}/leads?limit=200", self.company(0)));
        assert_eq!(page.status, 200, "{page:?}");
        page.json()["items"].as_array().unwrap().clone()
    }

    /// Submits the first company's form as a script does.
    pub(crate) fn post_form(&self, values: &Value, headers: &[(&str, &str)]) -> Exchange {
        let mut all = vec![("content-type", "application/json")];
        all.extend(headers);
        self.send("POST", &self.form_path(), &all, values.to_string().as_bytes())
    }
}

/// A client that shows redirects instead of following them. Each request has a connection of its own: workerd closes one
/// whose body it refused to read, and the next request on it would be lost.
fn redirectless() -> Agent {
    let config = agent().config().clone();
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(config.timeouts().global)
        .max_redirects(0)
        .max_idle_connections(0)
        .build()
        .into()
}
