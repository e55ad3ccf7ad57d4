//! Companies that exist before anyone can sign in: the demo ones of a local database, and the first of a deployed one.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, bail};
use lead_core::access::{Role, SecretKey};
use lead_core::field::{Country, EmailAddress};
use lead_core::form::FormKey;
use lead_core::id::{Id, IdSource};
use lead_core::time::Instant;
use lead_store::provision::{NewCompany, NewPerson, statements};
use pico_args::Arguments;
use serde_json::{Value, json};

use crate::project::Project;
use crate::tools::node;
use crate::words;
use crate::wrangler::{Database, execute};

/// Companies about to be written.
pub(crate) struct Seed {
    /// The statements that write them.
    pub(crate) sql: String,
    /// What their users need, keys in clear, which the database does not hold: a list of
    /// `{company_id, form_key, admin_email, keys: {admin, manager, sdr}, owners}`.
    pub(crate) companies: Value,
}

/// A company to be made up of people.
struct Plan<'a> {
    name: &'a str,
    country: &'a str,
    currency: &'a str,
    origins: Vec<String>,
    people: &'a [(&'a str, &'a str, Role)],
}

/// The two demo companies; their forms accept submissions from `demo_url`.
///
/// # Errors
/// No randomness for the keys.
pub(crate) fn seed(demo_url: &str) -> Result<Seed> {
    let tidewater = Plan {
        name: "Tidewater Pumps",
        country: "IN",
        currency: "INR",
        origins: vec![demo_url.to_owned()],
        people: &[
            ("Meera Iyer", "meera@tidewater-pumps.com", Role::Admin),
            ("Arjun Rao", "arjun@tidewater-pumps.com", Role::Manager),
            ("Priya Nair", "priya@tidewater-pumps.com", Role::Sdr),
            ("Kabir Shah", "kabir@tidewater-pumps.com", Role::Sdr),
        ],
    };
    let nordlicht = Plan {
        name: "Nordlicht Optik",
        country: "DE",
        currency: "EUR",
        origins: vec![demo_url.to_owned()],
        people: &[
            ("Jule Brandt", "jule@nordlicht-optik.de", Role::Admin),
            ("Henrik Voss", "henrik@nordlicht-optik.de", Role::Manager),
            ("Lotte Kern", "lotte@nordlicht-optik.de", Role::Sdr),
            ("Nils Falk", "nils@nordlicht-optik.de", Role::Sdr),
        ],
    };
    let (first, second) = (make(tidewater)?, make(nordlicht)?);
    Ok(Seed {
        sql: format!("{}{}", first.sql, second.sql),
        companies: json!([first.companies[0], second.companies[0]]),
    })
}

/// Statements and keys of one company. The first manager is everybody's below; the first of each role gets a key.
fn make(plan: Plan<'_>) -> Result<Seed> {
    let ms = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let now = Instant::from_ms(ms).context("the clock is out of range")?;
    let mut ids = IdSource::new(now, entropy()?);
    let people: Vec<(Id, &(&str, &str, Role))> = plan.people.iter().map(|person| (ids.next_id(), person)).collect();
    let manager = people.iter().find(|(_, (_, _, role))| *role == Role::Manager).map(|(id, _)| id.clone());
    let mut keys = serde_json::Map::new();
    let mut made = Vec::new();
    for (id, (name, email, role)) in &people {
        let mut key = None;
        if !keys.contains_key(role.as_str()) {
            let secret = SecretKey::generate(&entropy()?).context("no usable randomness")?;
            keys.insert(role.as_str().to_owned(), json!(secret.reveal()));
            key = Some(secret);
        }
        let manager_id = manager.clone().filter(|_| *role == Role::Sdr);
        let (name, email) = ((*name).to_owned(), (*email).to_owned());
        made.push(NewPerson { id: id.clone(), name, email, role: *role, manager_id, key });
    }
    let company = NewCompany {
        id: ids.next_id(),
        name: plan.name,
        country: plan.country,
        currency: plan.currency,
        people: made,
        form_key: FormKey::generate(&entropy()?).context("no usable randomness")?,
        origins: plan.origins,
    };
    let sql = statements(&company, now, &mut ids).iter().map(|statement| statement.literal() + ";\n").collect();
    let owners: Vec<&Id> = people.iter().filter(|(_, (_, _, role))| *role == Role::Sdr).map(|(id, _)| id).collect();
    let admin_email = plan.people.iter().find(|(_, _, role)| *role == Role::Admin).map(|(_, email, _)| *email);
    let users = json!({
        "company_id": company.id,
        "form_key": company.form_key.as_str(),
        "admin_email": admin_email,
        "keys": keys,
        "owners": owners,
    });
    Ok(Seed { sql, companies: json!([users]) })
}

fn entropy<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no randomness: {error}"))?;
    Ok(bytes)
}

/// `cargo xtask company create`.
///
/// # Errors
/// Wrong arguments, or the database refused.
pub(crate) fn command(project: &Project, mut args: Arguments) -> Result<()> {
    let name: String = args.value_from_str("--name")?;
    let email: String = args.value_from_str("--admin-email")?;
    let country: String = args.opt_value_from_str("--country")?.unwrap_or_else(|| "IN".to_owned());
    let currency: String = args.opt_value_from_str("--currency")?.unwrap_or_else(|| "INR".to_owned());
    let origins: Vec<String> = args.values_from_str("--origin")?;
    let local: Option<PathBuf> = args.opt_value_from_str("--local")?;
    let remote = args.contains("--remote");
    if words(args)? != ["create"] {
        bail!(
            "the command is `company create --name N --admin-email E [--country IN] [--currency INR] \
             [--origin https://website]... [--local DIR | --remote]`"
        );
    }
    let database = match (local, remote) {
        (Some(_), true) => bail!("--local or --remote, not both"),
        (Some(state), false) => Database::Local(std::path::absolute(state)?),
        (None, true) => Database::Remote,
        (None, false) => Database::Local(project.path(".dev/state")),
    };
    if name.trim().is_empty() {
        bail!("--name is blank");
    }
    let email = EmailAddress::parse(&email).map_err(|code| anyhow!("--admin-email: {}", code.detail()))?;
    let country = Country::parse(&country).map_err(|code| anyhow!("--country: {}", code.detail()))?;
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        bail!("--currency is an ISO 4217 code such as INR");
    }
    let people = [(name.trim(), email.as_str(), Role::Admin)];
    let plan = Plan { name: name.trim(), country: country.as_str(), currency: &currency, origins, people: &people };
    let Seed { sql, companies } = make(plan)?;
    execute(project, &node(project)?, &database, &sql)?;
    println!("{:#}", companies[0]);
    eprintln!("The keys are shown this once: the database holds only their hashes.");
    Ok(())
}
