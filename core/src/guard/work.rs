//! Proof of work in the format of ALTCHA's first version: find the number whose hash with the salt is the challenge. One hash
//! checks it, which the edge's time allows; the second version's key derivation would not fit there.

use super::FormSecret;
use crate::consent::hex;
use crate::form::Form;
use crate::mail::Purpose;
use crate::policy::named;
use crate::time::Instant;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

named! {
    /// What a proof of work is.
    ProofState {
        /// The challenge is ours, for this form, in time, and its number was found.
        Solved = "solved",
        /// There is none.
        Missing = "missing",
        /// It came after its time.
        Expired = "expired",
        /// It served another submission already.
        Reused = "reused",
        /// It is none: not ours, not this form's, or not solved.
        Wrong = "wrong",
    }
}

/// For how long a challenge may be answered.
const LASTS_MS: i64 = 20 * 60 * 1000;

/// The only algorithm, under the name that the Web Cryptography API has for it.
const ALGORITHM: &str = "SHA-256";

/// What a visitor's browser is asked to work on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// `SHA-256`.
    pub algorithm: String,
    /// The hash of salt and number, in hex.
    pub challenge: String,
    /// The number is at most this.
    pub maxnumber: u32,
    /// Randomness, when it ends in seconds since 1970, and whose form it is.
    pub salt: String,
    /// Shows that the challenge was made here.
    pub signature: String,
}

/// A proof that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// What it is.
    pub state: ProofState,
    /// The challenge that it answers and when that ends, for remembering which ones have served; `None` where there is nothing
    /// to remember.
    pub spent: Option<(String, Instant)>,
}

impl From<ProofState> for Proven {
    fn from(state: ProofState) -> Self {
        Self { state, spent: None }
    }
}

/// The member `altcha`, once it is decoded.
#[derive(Deserialize)]
struct Payload {
    algorithm: String,
    challenge: String,
    number: u32,
    salt: String,
    signature: String,
}

impl Challenge {
    /// A challenge of this form, whose number is at most `difficulty`.
    #[must_use]
    pub fn new(secret: &FormSecret, form: &Form, difficulty: u32, now: Instant, entropy: &[u8; 16]) -> Self {
        let (random, number) = entropy.split_at(12);
        let number = number.iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
        let number = (u64::from(number) * (u64::from(difficulty) + 1)) >> 32;
        let ends = (now.ms() + LASTS_MS) / 1000;
        // The last sign keeps a digit of the number from being taken for one of the salt's.
        let salt = format!("{}?expires={ends}&form={}&", hex(random), form.id);
        let challenge = digest(&salt, number);
        let signature = sign(secret, form, &challenge);
        Self { algorithm: ALGORITHM.to_owned(), challenge, maxnumber: difficulty, salt, signature }
    }

    /// Whether this is the number that is looked for.
    #[must_use]
    pub fn is_solved_by(&self, number: u32) -> bool {
        digest(&self.salt, u64::from(number)) == self.challenge
    }

    /// What a proof is that a form brought, base64 of ALTCHA's payload.
    #[must_use]
    pub fn prove(secret: &FormSecret, form: &Form, proof: Option<&str>, now: Instant) -> Proven {
        let Some(proof) = proof.map(str::trim).filter(|proof| !proof.is_empty()) else {
            return ProofState::Missing.into();
        };
        let Some((payload, ends)) = read(proof) else { return ProofState::Wrong.into() };
        let Payload { algorithm, challenge, number, salt, signature } = payload;
        let of_form = salt.contains(&format!("&form={}&", form.id));
        let solved = algorithm == ALGORITHM && digest(&salt, u64::from(number)) == challenge;
        let ours = unhex(&signature).is_some_and(|seal| {
            secret.0.is_sealed(Purpose::FormChallenge, &form.company_id, challenge.as_bytes(), &seal)
        });
        match (of_form && solved && ours, ends < now) {
            (false, _) => ProofState::Wrong.into(),
            (true, true) => ProofState::Expired.into(),
            (true, false) => Proven { state: ProofState::Solved, spent: Some((challenge, ends)) },
        }
    }
}

fn read(proof: &str) -> Option<(Payload, Instant)> {
    let payload: Payload = serde_json::from_slice(&STANDARD.decode(proof).ok()?).ok()?;
    let query = payload.salt.split_once('?')?.1;
    let ends = query.split('&').find_map(|pair| pair.strip_prefix("expires="))?.parse::<i64>().ok()?;
    let ends = Instant::from_ms(ends.checked_mul(1000)?)?;
    Some((payload, ends))
}

fn digest(salt: &str, number: u64) -> String {
    hex(&Sha256::digest(format!("{salt}{number}").as_bytes()))
}

fn sign(secret: &FormSecret, form: &Form, challenge: &str) -> String {
    hex(&secret.0.seal(Purpose::FormChallenge, &form.company_id, challenge.as_bytes()))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some((digit(pair.first()?)? << 4) | digit(pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::form;
    use super::*;
    use serde_json::json;

    /// What a browser does: counts up.
    fn solve(challenge: &Challenge) -> Option<u32> {
        (0..=challenge.maxnumber).find(|number| challenge.is_solved_by(*number))
    }

    fn payload(challenge: &Challenge, number: u32) -> String {
        let Challenge { algorithm, challenge, salt, signature, .. } = challenge;
        let payload = json!({ "algorithm": algorithm, "challenge": challenge, "number": number, "salt": salt, "signature": signature, "took": 12 });
        STANDARD.encode(payload.to_string())
    }

    #[test]
    fn a_proof_serves_its_own_form_in_time() {
        let secret = FormSecret::new(&"s".repeat(32)).unwrap();
        let now = Instant::from_ms(1_800_000_000_000).unwrap();
        let challenge = Challenge::new(&secret, &form(2), 1000, now, &[7; 16]);
        let number = solve(&challenge).unwrap();
        let state =
            |proof: Option<&str>, n, after| Challenge::prove(&secret, &form(n), proof, now.plus_ms(after)).state;
        let good = payload(&challenge, number);
        assert_eq!(state(Some(&good), 2, 1000), ProofState::Solved);
        assert_eq!(state(Some(&good), 2, LASTS_MS), ProofState::Solved);
        assert_eq!(state(Some(&good), 2, LASTS_MS + 1), ProofState::Expired);
        assert_eq!(state(Some(&good), 3, 1000), ProofState::Wrong, "another form's");
        assert_eq!(state(None, 2, 1000), ProofState::Missing);
        assert_eq!(state(Some(" "), 2, 1000), ProofState::Missing);
        assert_eq!(state(Some("e30="), 2, 1000), ProofState::Wrong);
        assert_eq!(state(Some(&payload(&challenge, number + 1)), 2, 1000), ProofState::Wrong);
        let later = Challenge { salt: challenge.salt.replace("expires=1", "expires=2"), ..challenge.clone() };
        assert_eq!(state(Some(&payload(&later, number)), 2, 1000), ProofState::Wrong, "another end");
        let own = Challenge { challenge: digest(&challenge.salt, 5), ..challenge };
        assert_eq!(state(Some(&payload(&own, 5)), 2, 1000), ProofState::Wrong, "a challenge of one's own");
    }

    #[test]
    fn numbers_lie_within_the_difficulty() {
        let secret = FormSecret::new(&"s".repeat(32)).unwrap();
        for byte in [0, 1, 100, 255] {
            let challenge = Challenge::new(&secret, &form(2), 50, Instant::EPOCH, &[byte; 16]);
            assert!(solve(&challenge).is_some(), "{byte}");
        }
    }
}
