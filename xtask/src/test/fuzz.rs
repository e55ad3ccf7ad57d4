//! The API from outside: Schemathesis reads the served OpenAPI document and sends what it allows and what it does not.
//!
//! The answers must be what the document says: no 5xx, no other status, media type, header or shape of body.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};

use super::fuzz_records::Caller;
use super::parts::{CUSTOMER, State};
use crate::build::{Purpose, worker};
use crate::dev::prepare;
use crate::project::Project;
use crate::python::{ensure, program};
use crate::run::{quietly, say};
use crate::serve::{FORM_SECRET, MAIL_SECRET, Server};
use crate::tools::node;

/// Requests of random values per endpoint; those at each limit and of each wrong type come on top.
const EXAMPLES: &str = "12";
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance";
const PHASES: &str = "examples,coverage,fuzzing";

/// Runs it against a fresh worker.
///
/// # Errors
/// The document is no OpenAPI 3.1, an answer is not as it says, or an endpoint was not tested.
pub(super) fn fuzz(project: &Project) -> Result<String> {
    ensure(project)?;
    let folder = worker(project, Purpose::Test)?;
    let node = node(project)?;
    let state = State::fresh(project, "fuzz")?;
    let companies = prepare(project, &node, &state.folder, CUSTOMER)?;
    // So many requests come from no customer.
    let vars = json!({ "RATE_LIMITS": "key=1000000", "MAIL_SECRET": MAIL_SECRET, "FORM_SECRET": FORM_SECRET });
    let options = json!({ "worker": folder, "state": state.folder, "quiet": true, "vars": vars });
    let server = Server::start(project, &node, &options)?;
    let url = server.url("url")?;
    let document = state.folder.join("openapi.json");
    let mut told: Value = ureq::get(format!("{url}/api/openapi.json")).call()?.body_mut().read_json()?;
    std::fs::write(&document, told.to_string())?;
    quietly(Command::new(program(project, "openapi-spec-validator")).args(["--schema", "3.1"]).arg(&document))
        .context("/api/openapi.json is no valid OpenAPI 3.1")?;
    let operations = operations(&told)?;
    close(&mut told)?;
    std::fs::write(&document, told.to_string())?;
    // Two at once, for two cores: each has half of the endpoints and a company of its own. Threads of one Python gain nothing.
    let (first, second) = operations.split_at(operations.len() / 2);
    let halves: Vec<Half> = [first, second]
        .iter()
        .zip(companies.as_array().context("the seed made no companies")?)
        .enumerate()
        .map(|(number, (operations, company))| {
            let config = state.folder.join(format!("schemathesis-{number}.toml"));
            std::fs::write(&config, Caller::of(url, company)?.config()?)?;
            let report = state.folder.join(format!("report-{number}.json"));
            Ok(Half { project, url, document: &document, operations, config, report })
        })
        .collect::<Result<_>>()?;
    say(&format!("sending requests to {} endpoints (half a minute to a minute)", operations.len()));
    let sent = thread::scope(|scope| {
        let running: Vec<_> = halves.iter().map(|half| scope.spawn(|| half.run())).collect();
        let ended = running.into_iter().map(|half| half.join().map_err(|_| anyhow!("a run panicked"))?);
        ended.collect::<Vec<Result<u64>>>().into_iter().sum::<Result<u64>>()
    })?;
    Ok(format!("{sent} requests to {} endpoints", operations.len()))
}

/// The ids of the document's operations.
fn operations(document: &Value) -> Result<Vec<String>> {
    let paths = document["paths"].as_object().context("the document has no paths")?;
    let operations = paths.values().filter_map(Value::as_object).flat_map(|path| path.values());
    let ids: Vec<String> =
        operations.filter_map(|operation| operation["operationId"].as_str()).map(str::to_owned).collect();
    if ids.is_empty() {
        bail!("the document has no operations");
    }
    Ok(ids)
}

/// Closes the answers: a member that the document does not tell of is a fault. Callers must bear new ones, so the
/// served document leaves them open.
fn close(document: &mut Value) -> Result<()> {
    let paths = document["paths"].as_object_mut().context("the document has no paths")?;
    for answer in paths.values_mut().filter_map(Value::as_object_mut).flat_map(|path| path.values_mut()) {
        for (_, answer) in answer["responses"].as_object_mut().into_iter().flatten() {
            let Some(schema) = answer.pointer_mut("/content/application~1json/schema") else { continue };
            if let Some(item) = schema.pointer_mut("/properties/items/items") {
                *item = json!({ "allOf": [item.take()], "unevaluatedProperties": false });
            }
            *schema = json!({ "allOf": [schema.take()], "unevaluatedProperties": false });
        }
    }
    Ok(())
}

/// Some of the endpoints, to be tested by one process.
struct Half<'a> {
    project: &'a Project,
    url: &'a str,
    document: &'a Path,
    operations: &'a [String],
    config: PathBuf,
    report: PathBuf,
}

impl Half<'_> {
    /// Runs it, and gives how many requests were sent.
    fn run(&self) -> Result<u64> {
        let mut st = Command::new(program(self.project, "st"));
        st.arg("--config-file").arg(&self.config).arg("--no-color").arg("run").arg(self.document);
        st.args(["--url", self.url, "--checks", CHECKS, "--phases", PHASES, "--max-examples", EXAMPLES]);
        // The same requests on every machine: a failure can be looked at again.
        st.args(["--seed", "20261123", "--generation-database", "none", "--no-shrink", "--continue-on-failure"]);
        st.args(["--request-timeout", "30", "--warnings", "off"]).arg("--report-json-path").arg(&self.report);
        for operation in self.operations {
            st.args(["--include-operation-id", operation]);
        }
        // It may leave files where it runs.
        let folder = self.report.parent().context("the report has no folder")?;
        let output = st.current_dir(folder).output().context("cannot start Schemathesis")?;
        if !output.status.success() {
            println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            bail!("Schemathesis found faults ({})", output.status);
        }
        let text = std::fs::read_to_string(&self.report).context("Schemathesis wrote no report")?;
        let report: Value = serde_json::from_str(&text)?;
        let tested = report["operations"]["tested"].as_u64().unwrap_or(0);
        if tested != self.operations.len() as u64 {
            bail!("{tested} of {} endpoints were tested", self.operations.len());
        }
        report["test_cases"]["generated"].as_u64().context("the report has no count")
    }
}
