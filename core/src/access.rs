//! Who may do and see what (spec R1, R2).

use crate::consent::hex;
use crate::field::Country;
use crate::id::Id;
use crate::policy::named;
use sha2::{Digest, Sha256};

named! {
    /// What a person is in their company.
    Role {
        /// Sees and does everything of the company.
        Admin = "admin",
        /// Sees the own leads, those of reports at any depth, and those without an owner.
        Manager = "manager",
        /// Sees the own leads.
        Sdr = "sdr",
    }
}

named! {
    /// What a secret key may be used for.
    Scope {
        /// Read leads, their activities and scores.
        LeadsRead = "leads:read",
        /// Create leads, change them and move them on.
        LeadsWrite = "leads:write",
        /// Read accounts, contacts, opportunities, pipeline and forecast.
        SalesRead = "sales:read",
        /// Create and change accounts, contacts and opportunities.
        SalesWrite = "sales:write",
        /// Read users, pools, territories and keys.
        SettingsRead = "settings:read",
        /// Create and change users, pools, territories and keys.
        SettingsWrite = "settings:write",
        /// Read the audit trail.
        AuditRead = "audit:read",
    }
}

impl Role {
    /// Whether this role may do what `least` may do.
    #[must_use]
    pub fn is_at_least(self, least: Self) -> bool {
        let rank = |role| match role {
            Self::Sdr => 0,
            Self::Manager => 1,
            Self::Admin => 2,
        };
        rank(self) >= rank(least)
    }
}

/// The person on whose behalf a command is run: what they are and which rows they see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The person.
    pub user_id: Id,
    /// What they are.
    pub role: Role,
    /// Which rows they see (spec R1).
    pub visibility: Visibility,
    /// The company's country.
    pub country: Country,
    /// The company's currency, ISO 4217.
    pub currency: String,
}

/// A secret key as its holder sends it: `sk_` and 43 letters or digits, 256 random bits. Only its hash is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(String);

impl SecretKey {
    /// Reads a key; what is not one is `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let body = text.strip_prefix("sk_")?;
        (body.len() == 43 && body.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| Self(text.into()))
    }

    /// A key from random bytes; `None` in the hardly possible case that too few of them are usable.
    #[must_use]
    pub fn generate(entropy: &[u8; 64]) -> Option<Self> {
        Self::parse(&format!("sk_{}", alphanumerics(entropy, 43)))
    }

    /// The key itself, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// SHA-256 in lower-case hex. The key is random through and through, so a plain hash keeps it.
    #[must_use]
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(self.0.as_bytes()))
    }
}

/// At most `most` letters and digits from random bytes, each equally likely: bytes that would favour some are left out.
pub(crate) fn alphanumerics(entropy: &[u8], most: usize) -> String {
    const SIGNS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let usable = entropy.iter().filter(|byte| **byte < 248);
    usable.take(most).map(|byte| char::from(SIGNS[usize::from(*byte % 62)])).collect()
}

/// Which rows a caller sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Every row of the company.
    Company,
    /// The rows of these owners.
    Owners {
        /// The owners.
        owners: Vec<Id>,
        /// Whether rows without an owner are seen too.
        unowned: bool,
    },
}

impl Visibility {
    /// What a person of this role sees; `reports` are the people below them at any depth.
    #[must_use]
    pub fn of(role: Role, user_id: &Id, reports: Vec<Id>) -> Self {
        match role {
            Role::Admin => Self::Company,
            Role::Manager => {
                let mut owners = reports;
                owners.push(user_id.clone());
                Self::Owners { owners, unowned: true }
            }
            Role::Sdr => Self::Owners { owners: vec![user_id.clone()], unowned: false },
        }
    }

    /// Whether every row of the company is seen.
    #[must_use]
    pub fn is_all(&self) -> bool {
        matches!(self, Self::Company)
    }

    /// Whether a row of this owner is seen.
    #[must_use]
    pub fn sees(&self, owner: Option<&Id>) -> bool {
        match (self, owner) {
            (Self::Company, _) => true,
            (Self::Owners { owners, .. }, Some(owner)) => owners.contains(owner),
            (Self::Owners { unowned, .. }, None) => *unowned,
        }
    }

    /// The one owner whose rows are all the caller sees, if that is so.
    #[must_use]
    pub fn only_owner(&self) -> Option<&Id> {
        match self {
            Self::Owners { owners, unowned: false } if owners.len() == 1 => owners.first(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;

    #[test]
    fn roles_see_what_the_spec_says() {
        let id = |n| Id::new(Instant::from_ms(1).unwrap(), &[n; 10]);
        let (me, report, other) = (id(1), id(2), id(3));
        let cases = [
            (Role::Admin, [true, true, true, true]),
            (Role::Manager, [true, true, false, true]),
            (Role::Sdr, [true, false, false, false]),
        ];
        for (role, expected) in cases {
            let visibility = Visibility::of(role, &me, vec![report.clone()]);
            let seen = [Some(&me), Some(&report), Some(&other), None].map(|owner| visibility.sees(owner));
            assert_eq!(seen, expected, "{role}");
        }
    }
}
