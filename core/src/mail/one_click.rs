//! What a POST to a mail's unsubscribe address asks for: the page's own buttons, or a mail program's one click (RFC 8058).

use crate::body::Members;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// No more mails of the company. One click means this.
    All,
    /// No more mails of the sequence.
    Sequence,
    /// Mails again, after all: to be asked by mail.
    Again,
}

/// The field and the value of one click.
const ONE_CLICK: (&str, &str) = ("List-Unsubscribe", "One-Click");

/// The member of the page's buttons.
const SCOPE: &str = "scope";

impl Wish {
    /// Reads a body of this content type; `None` where it asks for nothing. Mail programs send either kind of form.
    #[must_use]
    pub fn read(content_type: Option<&str>, body: &[u8]) -> Option<Self> {
        let given = content_type.unwrap_or_default();
        let (media, parameters) = given.split_once(';').unwrap_or((given, ""));
        match media.trim().to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => {
                let members = Members::from_urlencoded(body).ok()?;
                Self::of(|name| members.text(name))
            }
            "multipart/form-data" => {
                let body = String::from_utf8_lossy(body);
                let boundary = boundary(parameters)?;
                Self::of(|name| part(&body, &boundary, name))
            }
            _ => None,
        }
    }

    fn of<'a>(value: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        if value(ONE_CLICK.0).is_some_and(|value| value.eq_ignore_ascii_case(ONE_CLICK.1)) {
            return Some(Self::All);
        }
        match value(SCOPE)? {
            "all" => Some(Self::All),
            "sequence" => Some(Self::Sequence),
            "again" => Some(Self::Again),
            _ => None,
        }
    }
}

/// The boundary among the parameters of a content type (RFC 2046).
fn boundary(parameters: &str) -> Option<String> {
    let named = |parameter: &str| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("boundary") && !value.is_empty()).then(|| format!("--{value}"))
    };
    parameters.split(';').find_map(named)
}

/// The value of a field of a form in parts (RFC 7578), without the blanks around it.
fn part<'a>(body: &'a str, boundary: &str, name: &str) -> Option<&'a str> {
    let named = |head: &str| {
        let disposition = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"));
        disposition.is_some_and(|line| {
            line.split(';').any(|parameter| {
                let parameter = parameter.trim().strip_prefix("name=");
                parameter.is_some_and(|value| value.trim_matches('"') == name)
            })
        })
    };
    body.split(boundary).skip(1).find_map(|part| {
        let (head, value) = part.split_once("\r\n\r\n").or_else(|| part.split_once("\n\n"))?;
        named(head).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded";

    fn read(kind: &str, body: &str) -> Option<Wish> {
        Wish::read(Some(kind), body.as_bytes())
    }

    #[test]
    fn one_click_comes_in_either_kind_of_form() {
        assert_eq!(read(FORM, "List-Unsubscribe=One-Click"), Some(Wish::All));
        assert_eq!(
            read("Application/X-WWW-Form-Urlencoded; charset=UTF-8", "List-Unsubscribe=One-Click"),
            Some(Wish::All)
        );
        let parts =
            "--AaB03x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--AaB03x--\r\n";
        for kind in ["multipart/form-data; boundary=AaB03x", "multipart/form-data; charset=utf-8; Boundary=\"AaB03x\""]
        {
            assert_eq!(read(kind, parts), Some(Wish::All), "{kind}");
        }
        let more = format!("--AaB03x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n{parts}");
        assert_eq!(read("multipart/form-data; boundary=AaB03x", &more), Some(Wish::All));
    }

    #[test]
    fn the_buttons_say_which() {
        assert_eq!(read(FORM, "scope=all"), Some(Wish::All));
        assert_eq!(read(FORM, "scope=sequence"), Some(Wish::Sequence));
        assert_eq!(read(FORM, "scope=again"), Some(Wish::Again));
    }

    #[test]
    fn nothing_else_asks_for_anything() {
        for body in ["", "scope=", "scope=some", "List-Unsubscribe=Two", "a=b", "scope=all&scope=all", "%ff=1"] {
            assert_eq!(read(FORM, body), None, "{body}");
        }
        for (kind, body) in [
            ("text/plain", "List-Unsubscribe=One-Click"),
            ("multipart/form-data", "--\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click"),
            (
                "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; name=\"Other\"\r\n\r\nOne-Click",
            ),
            ("multipart/form-data; boundary=x", "--x"),
        ] {
            assert_eq!(read(kind, body), None, "{kind}");
        }
        assert_eq!(Wish::read(None, b"List-Unsubscribe=One-Click"), None);
    }
}
