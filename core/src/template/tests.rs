use super::*;
use proptest::prelude::*;

fn templates(subject: &str, body: &str, text: &str) -> Result<Templates, Vec<String>> {
    let told = |all: Vec<Invalid>| {
        all.into_iter().map(|one| format!("{} {} {}", one.pointer, one.code, one.detail)).collect::<Vec<_>>()
    };
    Templates::parse("", subject, body, text).map_err(told)
}

fn body_faults(body: &str) -> Vec<String> {
    templates("s", body, "t").err().unwrap_or_default()
}

fn values(first_name: &str) -> Values {
    Values::default()
        .with(ValueName::FirstName, Some(first_name))
        .with(ValueName::CompanyName, Some("Tidewater <Pumps>"))
        .with(ValueName::PostalAddress, Some("1 Dock Rd, Pune"))
        .with(ValueName::UnsubscribeUrl, Some("https://leads.example/m/u/abc"))
}

fn rendered(body: &str, name: &str) -> Rendered {
    let templates =
        templates("Hi {{lead.first_name}}", body, "Hi {{lead.first_name}}, see https://example.com/a.").unwrap();
    let sign = |index: usize| format!("https://leads.example/m/c/{index}");
    let values = values(name);
    templates.render(&Letter { values: &values, sign: Some(&sign), pixel: Some("https://leads.example/m/o/abc") })
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let cases = [
        ("<p>a\n {{lead.nick}}</p>", "Line 2, column 2: there is no value \"lead.nick\""),
        ("<p>{{lead.first_name</p>", "Line 1, column 4: this {{ is never closed"),
        ("<p>{{lead.job_title}}</p>", "not every lead has lead.job_title"),
        ("<p>{{lead.job_title|there}}</p>", "in double quotes"),
        ("<b>a", "Line 1, column 1: <b> is never closed"),
        ("a</b>", "Line 1, column 2: </b> closes nothing"),
        ("<b><i>a</b></i>", "<i> is not closed before </b>"),
        ("<p title=\"a>b</p>", "broken markup"),
        ("<div/>a", "does not close itself"),
        ("<script>alert(1)</script>", "mail programs take <script> out"),
        ("<p onclick=\"x()\">a</p>", "mail programs take onclick out"),
        ("<a href=\"javascript:alert(1)\">a</a>", "an address begins with"),
        ("<a href=\"/relative\">a</a>", "a whole address"),
        ("<a href=https://example.com>a</a>", "stands in quotes"),
        ("<img src=\"http://example.com/a.png\" alt=\"\">", "an address begins with https"),
        ("<a href=\"https://{{lead.first_name}}/\">a</a>", "behind the / or ?"),
        ("<a href=\"{{lead.first_name}}\">a</a>", "behind the / or ?"),
        ("<a href=\"https://me@example.com{{lead.first_name}}\">a</a>", "behind the / or ?"),
        ("<a href=\"https://example.com:443{{lead.first_name}}/\">a</a>", "behind the / or ?"),
        ("<a href=\"https:example.com{{lead.first_name}}/\">a</a>", "behind the / or ?"),
        ("<a href=\"https:///example.com{{lead.first_name}}/\">a</a>", "behind the / or ?"),
        ("<a href=\"https://example.com/{{unsubscribe_url}}\">a</a>", "stands alone"),
        ("<p class=\"{{lead.first_name}}\">a</p>", "a value may stand in text"),
        ("<!-- {{lead.first_name}} -->", "a value may stand in text"),
        ("<style>p{color:{{lead.first_name}}}</style>", "a value may stand in text"),
        ("<{{lead.first_name}}>", "broken markup"),
    ];
    for (body, expected) in cases {
        let faults = body_faults(body);
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{body}: {faults:?}");
    }
}

#[test]
fn places_are_those_of_the_source_behind_values() {
    let faults = body_faults("<p>{{lead.first_name}} {{lead.last_name}}\n<b>a</p>");
    assert_eq!(faults, ["/body template_markup Line 2, column 1: <b> is not closed before </p>."]);
}

#[test]
fn a_mail_has_subject_html_and_text() {
    let refused = templates(" ", "", "").unwrap_err();
    let pointers: Vec<_> = refused.iter().filter_map(|one| one.split(' ').next()).collect();
    assert_eq!(pointers, ["/subject", "/body", "/body_text"]);
    assert!(templates("a\nb", "<p>a</p>", "a").unwrap_err()[0].starts_with("/subject control_character"));
}

#[test]
fn sound_markup_is_taken() {
    for body in [
        "plain words",
        "<p>one<p>two",
        "<ul><li>a<li>b</ul>",
        "<table><tr><td>a<td>b<tr><td>c</table>",
        "<img src='https://example.com/a.png' alt='{{lead.first_name}}'><br>",
        "<!doctype html><html><head><title>a</title><style>p{color:red}</style></head><body><p>a</p></body></html>",
        "<a href=\"mailto:a@example.com\">a</a> <a href=\"{{unsubscribe_url}}\">no more</a>",
        "<a href=\"https://example.com/?a=1&amp;n={{lead.first_name}}\">a</a>",
        "<a href=\"https://m\u{fc}nchen.example/{{lead.first_name}}\">a</a>",
        "<a href=\"mailto:sales@example.com?subject={{lead.company_name}}\">a</a>",
    ] {
        assert_eq!(body_faults(body), Vec::<String>::new(), "{body}");
    }
}

#[test]
fn values_are_escaped_where_they_stand() {
    let body = "<p title=\"{{lead.first_name}}\">{{lead.first_name}}</p><a href=\"https://example.com/?a=1&amp;n={{lead.first_name}}\">a</a>";
    let mail = rendered(body, "<i>\"Ada\" & 'Co'");
    let escaped = "&lt;i&gt;&quot;Ada&quot; &amp; &#39;Co&#39;";
    assert!(mail.body.contains(&format!("<p title=\"{escaped}\">{escaped}</p>")), "{}", mail.body);
    assert_eq!(mail.links, ["https://example.com/?a=1&n=%3Ci%3E%22Ada%22%20%26%20%27Co%27"]);
    assert!(mail.body.contains("<a href=\"https://leads.example/m/c/0\">a</a>"));
    assert_eq!(mail.subject, "Hi <i>\"Ada\" & 'Co'");
}

#[test]
fn a_value_is_one_line() {
    let mail = rendered("<p>a</p>", "Ada\r\nBcc: all@example.com\u{0}");
    assert_eq!(mail.subject, "Hi Ada Bcc: all@example.com");
}

#[test]
fn what_is_absent_gives_way_to_the_templates_word() {
    let templates =
        templates("Hi", "<p>{{lead.job_title|\"dear <friend>\"}}</p>", "{{lead.job_title|\"friend\"}}").unwrap();
    let values = Values::default().with(ValueName::JobTitle, Some(" \t "));
    let mail = templates.render(&Letter { values: &values, sign: None, pixel: None });
    assert!(mail.body.contains("<p>dear &lt;friend&gt;</p>"));
    assert_eq!(mail.body_text, "friend");
}

#[test]
fn the_end_says_who_writes_and_how_to_leave_unless_the_template_does() {
    let mail = rendered("<p>a</p>", "Ada");
    assert!(
        mail.body
            .contains(">Tidewater &lt;Pumps&gt;, 1 Dock Rd, Pune<br><a href=\"https://leads.example/m/u/abc\" style=")
    );
    assert!(
        mail.body_text
            .ends_with("\n\n-- \nTidewater <Pumps>, 1 Dock Rd, Pune\nUnsubscribe: https://leads.example/m/u/abc\n")
    );
    let own = rendered("<p>{{company.postal_address}} <a href=\"{{unsubscribe_url}}\">no more</a></p>", "Ada");
    assert!(!own.body.contains(">Unsubscribe<"));
    assert!(own.body.contains("<a href=\"https://leads.example/m/u/abc\">no more</a>"), "{}", own.body);
}

#[test]
fn links_are_signed_once_each_and_in_text_where_html_has_them() {
    let body = "<a href=\"https://example.com/a\">1</a><a href=\"https://example.com/b\">2</a><a href=\"https://example.com/a\">3</a>";
    let mail = rendered(body, "Ada");
    assert_eq!(mail.links, ["https://example.com/a", "https://example.com/b"]);
    assert_eq!(mail.body.matches("/m/c/0").count(), 2);
    assert!(mail.body_text.starts_with("Hi Ada, see https://leads.example/m/c/0."));
    assert!(mail.body.contains("<img src=\"https://leads.example/m/o/abc\""));
}

#[test]
fn a_whole_document_keeps_its_shape() {
    let mail = rendered("<html><body><p>a</p></body></html>", "Ada");
    assert!(mail.body.starts_with("<html><body><p>a</p><hr>"));
    assert!(mail.body.ends_with("</body></html>"));
}

proptest! {
    #[test]
    fn whatever_is_read_is_refused_or_rendered(source in "[a-z<>/{}|\"'= .!&-]{0,60}", name in ".{0,20}") {
        if let Ok(templates) = Templates::parse("", "s", &source, "t") {
            let values = values(&name);
            let mail = templates.render(&Letter { values: &values, sign: None, pixel: None });
            prop_assert!(mail.body.contains("Unsubscribe"));
        }
    }

    #[test]
    fn no_value_opens_an_element(name in "\\PC{0,40}") {
        let mail = rendered("<p title=\"{{lead.first_name}}\">{{lead.first_name}}</p>", &name);
        let plain = rendered("<p title=\"{{lead.first_name}}\">{{lead.first_name}}</p>", "x");
        let count = |text: &str| text.matches('<').count();
        prop_assert_eq!(count(&mail.body), count(&plain.body));
        prop_assert_eq!(mail.body.matches('"').count(), plain.body.matches('"').count());
        prop_assert!(!mail.subject.contains(['\r', '\n']));
    }
}
