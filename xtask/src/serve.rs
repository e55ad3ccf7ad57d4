//! Runs a built worker in workerd, by `xtask/js/serve.mjs`.

use std::io::{BufRead, BufReader};
use std::process::{Child, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::project::Project;
use crate::tools::Node;

/// `RATE_LIMITS` for a crowd that comes from one address.
pub(crate) const CROWDED: &str = "key=1000000 form=1000000 sign-in=1000000";

/// What signs links and hashes addresses on this machine: whoever deploys makes one of their own.
pub(crate) const MAIL_SECRET: &str = "no secret: everybody can read this one";

/// What signs the tokens and challenges of forms on this machine, likewise.
pub(crate) const FORM_SECRET: &str = "no secret either: all can read this one too";

/// The variables of a whole system on one machine: forms are guarded, mails stay in its outbox, links to sign in are in its log.
pub(crate) fn local_vars(public_url: &str, mail_from: &str) -> Value {
    json!({
        "SIGN_IN_LINKS": "log",
        "MAIL_SECRET": MAIL_SECRET,
        "FORM_SECRET": FORM_SECRET,
        "MAIL_FROM": mail_from,
        "PUBLIC_URL": public_url,
        "LOCAL_RUNS": "1",
        "OUTBOX_PAGE": "1",
    })
}

/// A worker that answers. It ends when this is dropped, or when this program does.
pub(crate) struct Server {
    child: Child,
    ready: Value,
}

impl Server {
    /// Starts one and waits until it answers. `options` are those of serve.mjs.
    ///
    /// # Errors
    /// It ended before it was ready; its stderr, which is ours, says why.
    pub(crate) fn start(project: &Project, node: &Node, options: &Value) -> Result<Self> {
        let mut command = node.script(project, "xtask/js/serve.mjs");
        command.arg(options.to_string()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start the server")?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let Ok(ready) = serde_json::from_str(&line) else {
            bail!("the server did not start ({})", child.wait()?);
        };
        Ok(Self { child, ready })
    }

    /// A member of its ready line: `url`, `demo_url` or `control_url`.
    ///
    /// # Errors
    /// It was not asked for.
    pub(crate) fn url(&self, name: &str) -> Result<&str> {
        self.ready[name].as_str().with_context(|| format!("the server has no {name}"))
    }

    /// Waits until it ends.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }
}

impl Drop for Server {
    /// Asks it to end, so that it takes workerd with it, and waits.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let asked = std::process::Command::new("kill").arg(self.child.id().to_string()).status();
            if asked.is_ok_and(|status| status.success()) {
                let _ = self.child.wait();
            } else {
                let _ = self.child.kill();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use lead_core::guard::FormSecret;
    use lead_core::mail::MailSecret;

    use super::local_vars;

    #[test]
    fn the_secrets_of_this_machine_are_long_enough_to_be_used() {
        let vars = local_vars("http://127.0.0.1:8787", "leadgate@localhost.example");
        let of = |name: &str| vars[name].as_str().unwrap().to_owned();
        assert!(FormSecret::new(&of("FORM_SECRET")).is_some(), "forms have no token");
        assert!(MailSecret::new(&of("MAIL_SECRET")).is_some(), "nothing is mailed");
    }
}
