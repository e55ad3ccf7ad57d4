//! The trap: a field that people do not see. Its name says nothing to a browser that fills forms by itself, and is another one
//! on each form, so that a program learns no name to leave out.

use crate::form::FormKey;
use sha2::{Digest, Sha256};

/// Letters that make no word which a browser's autofill looks for in a name (tel, cc, zip, fax, pin ...).
const LETTERS: &[u8; 8] = b"bdghkqvw";

/// The name of the form's trap: three letters, a hyphen, four letters. No field has a hyphen in its name.
#[must_use]
pub fn trap_name(key: &FormKey) -> String {
    let hash = Sha256::digest([b"trap ", key.as_str().as_bytes()].concat());
    let letter = |byte: &u8| LETTERS.get(usize::from(byte % 8)).map(|letter| char::from(*letter)).unwrap_or('k');
    let mut name: String = hash.iter().take(7).map(letter).collect();
    name.insert(3, '-');
    name
}

/// Whether a member has the name of a trap, of whichever form.
#[must_use]
pub fn is_trap(name: &str) -> bool {
    let ours = |part: &str, length| part.len() == length && part.bytes().all(|byte| LETTERS.contains(&byte));
    name.split_once('-').is_some_and(|(first, last)| ours(first, 3) && ours(last, 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_has_a_trap_of_its_own() {
        let name = |key: &str| trap_name(&FormKey::parse(key).unwrap());
        let first = name("pk_abcdefghijABCDEFGHIJ01");
        assert_ne!(first, name("pk_abcdefghijABCDEFGHIJ02"));
        assert!(is_trap(&first), "{first}");
        for other in ["first_name", "first-name", "kqv-bdh", "kqv_bdhw", "kqvb-dhw", ""] {
            assert!(!is_trap(other), "{other}");
        }
    }
}
