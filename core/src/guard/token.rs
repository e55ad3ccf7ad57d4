//! The render token: when a form was shown, signed, so that a program cannot make the time up (spec L6).

use super::FormSecret;
use crate::form::Form;
use crate::mail::Purpose;
use crate::policy::{Spam, named};
use crate::time::Instant;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

named! {
    /// What a form's token is.
    TokenState {
        /// Made here, for this form, at a time at which a person may have begun.
        Good = "good",
        /// There is none.
        Missing = "missing",
        /// Not made here, or for another form.
        Foreign = "foreign",
        /// Older than a visit lasts.
        Old = "old",
        /// Younger than a person can fill a form.
        Young = "young",
    }
}

/// The time in milliseconds, eight bytes, and the first sixteen of its seal.
const TIME: usize = 8;
const SEAL: usize = 16;

pub(super) fn make(secret: &FormSecret, form: &Form, now: Instant) -> String {
    let seal = secret.0.seal(Purpose::FormToken, &form.company_id, &sealed(form, now));
    let bytes: Vec<u8> = now.ms().to_be_bytes().into_iter().chain(seal.into_iter().take(SEAL)).collect();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// When the form of this token was shown; `None` where the token was not made here, for this form, by now.
pub(super) fn made_at(secret: &FormSecret, form: &Form, token: &str, now: Instant) -> Option<Instant> {
    let bytes = URL_SAFE_NO_PAD.decode(token.trim()).ok().filter(|bytes| bytes.len() == TIME + SEAL)?;
    let (time, seal) = bytes.split_first_chunk::<TIME>()?;
    let at = Instant::from_ms(i64::from_be_bytes(*time)).filter(|at| *at <= now)?;
    secret.0.is_sealed(Purpose::FormToken, &form.company_id, &sealed(form, at), seal).then_some(at)
}

pub(super) fn judge(given: bool, made_at: Option<Instant>, filled_at: Instant, rules: &Spam) -> TokenState {
    let Some(made_at) = made_at else { return if given { TokenState::Foreign } else { TokenState::Missing } };
    let open = filled_at.ms() - made_at.ms();
    match open {
        open if open < i64::from(rules.least_fill_ms) => TokenState::Young,
        open if open > i64::from(rules.most_open_ms) => TokenState::Old,
        _ => TokenState::Good,
    }
}

fn sealed(form: &Form, at: Instant) -> Vec<u8> {
    [form.id.as_str().as_bytes(), &at.ms().to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::super::tests::form;
    use super::super::{Evidence, FormSecret};
    use super::*;
    use crate::policy::Policy;
    use crate::submission::Filling;

    #[test]
    fn a_token_tells_when_its_own_form_was_shown() {
        let (secret, policy) = (FormSecret::new(&"s".repeat(32)).unwrap(), Policy::builtin().unwrap());
        let shown = Instant::from_ms(1_800_000_000_000).unwrap();
        let token = secret.token(&form(2), shown);
        let state = |token: Option<&str>, form: &Form, after: i64, at: Option<i64>| {
            let filling =
                Filling { token: token.map(str::to_owned), at: at.map(|ms| shown.plus_ms(ms)), ..Filling::default() };
            Evidence::of(&filling, form, Some(&secret), &policy, shown.plus_ms(after)).token.unwrap()
        };
        let day = crate::time::DAY_MS;
        assert_eq!(state(Some(&token), &form(2), 30_000, None), TokenState::Good);
        assert_eq!(state(Some(&token), &form(2), 1_999, None), TokenState::Young);
        assert_eq!(state(Some(&token), &form(2), 2_000, None), TokenState::Good);
        assert_eq!(state(Some(&token), &form(2), day, None), TokenState::Good);
        assert_eq!(state(Some(&token), &form(2), day + 1, None), TokenState::Old);
        assert_eq!(state(None, &form(2), 30_000, None), TokenState::Missing);
        assert_eq!(state(Some(&token), &form(3), 30_000, None), TokenState::Foreign, "another form's");
        assert_eq!(state(Some(&token), &form(2), -1, None), TokenState::Foreign, "from the future");
        assert_eq!(state(Some("AAAA"), &form(2), 30_000, None), TokenState::Foreign);
        assert_eq!(state(Some(&token), &form(2), 5 * day, Some(60_000)), TokenState::Good, "waited in a queue");
        assert_eq!(state(Some(&token), &form(2), 5 * day, Some(-60_000)), TokenState::Old, "sent before it was shown");
        let other = FormSecret::new(&"t".repeat(32)).unwrap().token(&form(2), shown);
        assert_eq!(state(Some(&other), &form(2), 30_000, None), TokenState::Foreign, "another secret's");
        let without = Evidence::of(&Filling::default(), &form(2), None, &policy, shown);
        assert_eq!(without, Evidence::default(), "without a secret no token is asked for");
    }
}
