//! Templates with their values: escaped where they stand, with an end that says who writes and how to leave.

use super::scan::{Piece, Scanned, Slot};
use super::{Templates, ValueName, Values};

/// A mail's parts as they are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// A whole HTML document.
    pub body: String,
    /// The same as plain text.
    pub body_text: String,
    /// The addresses that stand behind signed links, in the order of their numbers.
    pub links: Vec<String>,
}

/// What a mail is rendered with.
pub struct Letter<'a> {
    /// The values; with the address to unsubscribe, where the mail has one.
    pub values: &'a Values,
    /// Gives the signed address that stands for the link of this number; `None` leaves links as they are.
    pub sign: Option<&'a dyn Fn(usize) -> String>,
    /// The picture that tells of an opened mail.
    pub pixel: Option<&'a str>,
}

impl Templates {
    /// Renders the mail. HTML without `{{unsubscribe_url}}` or postal address of its own gets both at its end, as does the text.
    #[must_use]
    pub fn render(&self, letter: &Letter<'_>) -> Rendered {
        let mut links = Vec::new();
        let subject = plain(&self.subject, letter.values);
        let body = self.html(&subject, letter, &mut links);
        let body_text = self.text(letter, &links);
        Rendered { subject, body, body_text, links }
    }

    fn html(&self, title: &str, letter: &Letter<'_>, links: &mut Vec<String>) -> String {
        let source = &self.body.source;
        let mut out = String::with_capacity(source.text.len() + 2048);
        let mut at = 0;
        for address in &self.body.addresses {
            let (start, end) = address.range;
            push_html(&mut out, source, source.text.get(at..start).unwrap_or_default(), letter.values);
            let url = address_of(source, &address.value, letter.values);
            out.push_str(&escape(&if address.is_link { signed(url, letter, links) } else { url }));
            at = end;
        }
        push_html(&mut out, source, source.text.get(at..).unwrap_or_default(), letter.values);
        self.finish(&out, title, letter)
    }

    /// A fragment becomes a document; the end and the picture come before `</body>`.
    fn finish(&self, content: &str, title: &str, letter: &Letter<'_>) -> String {
        let mut end = self.end(letter.values, true);
        if let Some(pixel) = letter.pixel {
            let src = escape(pixel);
            end.push_str(&format!(
                "<img src=\"{src}\" width=\"1\" height=\"1\" alt=\"\" style=\"display:block;border:0\">"
            ));
        }
        if self.body.is_document {
            return match content.to_ascii_lowercase().rfind("</body>") {
                Some(place) => format!("{}{end}{}", &content[..place], &content[place..]),
                None => format!("{content}{end}"),
            };
        }
        document(title, &format!("{content}{end}"))
    }

    fn end(&self, values: &Values, html: bool) -> String {
        let source = if html { &self.body.source } else { &self.body_text };
        let has = |name| source.slots.iter().any(|slot: &Slot| slot.name == name);
        let wanted = |name| values.get(name).filter(|_| !has(name));
        let (address, url) = (wanted(ValueName::PostalAddress), wanted(ValueName::UnsubscribeUrl));
        let company = values.get(ValueName::CompanyName).unwrap_or_default();
        if address.is_none() && url.is_none() {
            return String::new();
        }
        if !html {
            let address = address.map(|address| format!("\n{company}, {address}")).unwrap_or_default();
            let url = url.map(|url| format!("\nUnsubscribe: {url}")).unwrap_or_default();
            return format!("\n\n-- {address}{url}\n");
        }
        let address =
            address.map(|address| format!("{}, {}<br>", escape(company), escape(address))).unwrap_or_default();
        let url = url.map(|url| format!("<a href=\"{}\" style=\"{LEAVE}\">Unsubscribe</a>", escape(url)));
        let edge = if self.body.is_document { ";padding:0 16px" } else { "" };
        format!("<hr><p class=\"end\" style=\"{END}{edge}\">{address}{}</p>", url.unwrap_or_default())
    }

    /// In plain text an address is signed where the HTML links to the same one.
    fn text(&self, letter: &Letter<'_>, links: &[String]) -> String {
        let text = format!("{}{}", plain(&self.body_text, letter.values), self.end(letter.values, false));
        let Some(sign) = letter.sign else { return text };
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(start) = rest.find("http") {
            let (before, after) = rest.split_at(start);
            out.push_str(before);
            let length = after.find(|sign: char| sign.is_whitespace() || "<>\"".contains(sign)).unwrap_or(after.len());
            let whole = &after[..length];
            let url = whole.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
            match links.iter().position(|link| link == url) {
                Some(index) => out.push_str(&sign(index)),
                None => out.push_str(url),
            }
            out.push_str(&whole[url.len()..]);
            rest = &after[length..];
        }
        out.push_str(rest);
        out
    }
}

/// A mail's content as a whole document in the built-in style.
pub(crate) fn document(title: &str, content: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"supported-color-schemes\" content=\"light dark\">\
         <title>{title}</title><style>{STYLE}</style></head>\n<body><div class=\"mail\">{content}</div></body></html>\n"
    )
}

/// The end also stands in documents with a look of their own: it takes their colours, and no name is wider than the screen.
const END: &str = "font-size:14px;overflow-wrap:anywhere";
const LEAVE: &str = "color:inherit;text-decoration:underline";

/// Mail programs that know no style sheet show the same words in their own way.
const STYLE: &str = ":root{color-scheme:light dark}body{margin:0;padding:16px;background:#fff;color:#1a1a1a;\
     font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif}\
     .mail{max-width:600px;margin:0 auto;overflow-wrap:anywhere}img{max-width:100%;height:auto}\
     pre{white-space:pre-wrap}a{color:#0b57d0}\
     hr{border:0;border-top:1px solid #767676;margin:24px 0 12px}.end{color:#595959}\
     @media (prefers-color-scheme:dark){body{background:#121212;color:#e8e8e8}a{color:#8ab4f8}.end{color:#b0b0b0}}";

/// A link that can be followed gets a number and its signed address; others stay.
fn signed(url: String, letter: &Letter<'_>, links: &mut Vec<String>) -> String {
    let own = letter.values.get(ValueName::UnsubscribeUrl) == Some(url.as_str());
    let Some(sign) = letter.sign.filter(|_| !own && url.starts_with("http")) else { return url };
    let index = links.iter().position(|link| *link == url).unwrap_or_else(|| {
        links.push(url);
        links.len() - 1
    });
    sign(index)
}

fn value<'a>(slot: &'a Slot, values: &'a Values) -> &'a str {
    values.get(slot.name).or(slot.fallback.as_deref()).unwrap_or_default()
}

fn plain(source: &Scanned, values: &Values) -> String {
    let pieces = source.pieces(&source.text).into_iter().map(|piece| match piece {
        Piece::Text(text) => text,
        Piece::Slot(slot) => value(slot, values),
    });
    pieces.collect()
}

fn push_html(out: &mut String, source: &Scanned, text: &str, values: &Values) {
    for piece in source.pieces(text) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Slot(slot) => out.push_str(&escape(value(slot, values))),
        }
    }
}

/// The address with its values, each as one component.
fn address_of(source: &Scanned, text: &str, values: &Values) -> String {
    let mut out = String::new();
    for piece in source.pieces(text.trim()) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Slot(slot) if slot.name == ValueName::UnsubscribeUrl => out.push_str(value(slot, values)),
            Piece::Slot(slot) => out.extend(
                url::form_urlencoded::byte_serialize(value(slot, values).as_bytes())
                    .map(|part| part.replace('+', "%20")),
            ),
        }
    }
    out
}

/// For text and quoted attributes alike.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
