//! A worker in workerd with a local D1 database of its own, for one test.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

static STARTED: AtomicU32 = AtomicU32::new(0);

/// Where the database lies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disk {
    /// In memory where the machine has a file system there, for speed.
    Memory,
    /// On the real disk, for tests that kill.
    Real,
}

/// A database folder that is removed with this value.
pub(crate) struct State {
    folder: PathBuf,
}

impl State {
    /// A migrated database with the demo companies and nothing else.
    pub(crate) fn new(disk: Disk) -> Self {
        let memory = Path::new("/dev/shm");
        let parent = if disk == Disk::Memory && memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = parent.join(format!("leadgate-test-{}-{number}", std::process::id()));
        copy(Path::new(&variable("LEADGATE_STATE_TEMPLATE")), &folder);
        Self { folder }
    }

    /// The database's file, for what no request can bring about. To be changed before a worker runs on it.
    pub(crate) fn database(&self) -> PathBuf {
        let folder = self.folder.join("v3/d1/miniflare-D1DatabaseObject");
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let is_database = |path: &PathBuf| {
            path.extension().is_some_and(|extension| extension == "sqlite")
                && path.file_stem().is_some_and(|name| name != "metadata")
        };
        let found: Vec<PathBuf> = entries.filter(is_database).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    }

    /// The file that names the demo companies.
    pub(crate) fn seed(&self) -> PathBuf {
        self.folder.join("seed.json")
    }

    /// The demo companies: `{company_id, form_key, keys: {admin, manager, sdr}, owners}` each.
    pub(crate) fn companies(&self) -> Vec<Value> {
        let seed: Value = serde_json::from_str(&fs::read_to_string(self.seed()).unwrap()).unwrap();
        seed["companies"].as_array().expect("a list of companies").clone()
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What signs links and hashes addresses in every test.
pub(crate) const MAIL_SECRET: &str = "a secret of the tests, of 32 characters at least";

/// What the links in mails begin with.
pub(crate) const PUBLIC_URL: &str = "https://leads.example";

/// What Resend signs its reports with.
pub(crate) const RESEND_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What Postmark shows with its reports.
pub(crate) const POSTMARK_SECRET: &str = "a-secret-of-postmark";

/// A running worker. It ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    ready: Value,
}

impl Server {
    /// Starts one on a free port; `more` holds further options of xtask/js/serve.mjs.
    pub(crate) fn start(state: &State, more: &Value) -> Self {
        // After a kill the old workerd may still hold the database for a moment: a supervisor would try again too.
        let tries = (0..3).find_map(|_| {
            let server = Self::spawn(state, more, Stdio::inherit());
            if server.is_none() {
                std::thread::sleep(std::time::Duration::from_millis(500));
            }
            server
        });
        tries.expect("the server starts; its log says why not")
    }

    /// Starts one whose log goes to a file in the state's folder, and gives that file.
    pub(crate) fn start_logged(state: &State, more: &Value) -> (Self, PathBuf) {
        let file = state.folder.join("worker.log");
        let log = fs::File::create(&file).unwrap();
        (Self::spawn(state, more, log.into()).expect("the server starts"), file)
    }

    /// None: it ended before it was ready.
    fn spawn(state: &State, more: &Value, log: Stdio) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        // Bursts come from one address; tests of the limits set their own.
        let mut vars = json!({
            "RATE_LIMITS": "key=1000000 form=1000000 sign-in=1000000",
            "MAIL_SECRET": MAIL_SECRET,
            "MAIL_FROM": "sign-in@leads.example",
            "PUBLIC_URL": PUBLIC_URL,
            "MAIL_PER_SECOND": "1000",
            "LOCAL_RUNS": "1",
            "RESEND_WEBHOOK_SECRET": RESEND_SECRET,
            "POSTMARK_WEBHOOK_SECRET": POSTMARK_SECRET,
        });
        let mut given = more.as_object().expect("options are an object").clone();
        let more_vars = given.remove("vars").unwrap_or_else(|| json!({}));
        vars.as_object_mut().expect("an object").extend(more_vars.as_object().expect("an object").clone());
        let mut options = json!({ "worker": variable("LEADGATE_WORKER"), "state": state.folder, "vars": vars });
        options.as_object_mut().expect("an object").extend(given);
        let mut command = Command::new(variable("LEADGATE_NODE"));
        command.arg(root.join("xtask/js/serve.mjs")).arg(options.to_string());
        // A group of its own, so that one signal reaches node and workerd.
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).process_group(0);
        let mut child = command.spawn().expect("node starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a ready line");
        if let Ok(ready) = serde_json::from_str(&line) {
            return Some(Self { child, ready });
        }
        let _ = child.wait();
        None
    }

    /// Where the worker answers, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        self.ready["url"].as_str().expect("a ready line has a url")
    }

    /// Where a watched database is steered; `{"watch": {}}` asks for one.
    pub(crate) fn control_url(&self) -> &str {
        self.ready["control_url"].as_str().expect("the server was started with watch")
    }

    /// Kills node and workerd at once, as a power cut would.
    pub(crate) fn kill(mut self) {
        self.signal("KILL");
        let _ = self.child.wait();
    }

    fn signal(&self, signal: &str) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-s", signal, "--", &group]).stderr(Stdio::null()).status();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing to lose: the state goes too.
        self.signal("KILL");
        let _ = self.child.wait();
    }
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `cargo xtask test http`"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
