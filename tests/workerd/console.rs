//! The console over HTTP: who gets in, what each role sees and may do (spec K1 and K2).

use serde_json::{Value, json};

use super::client::visitor;
use super::exchange::Exchange;
use super::sign_in::Entrance;

pub(super) const ADMIN: &str = "meera@tidewater-pumps.com";
pub(super) const SDR: &str = "priya@tidewater-pumps.com";

/// Somebody who is signed in.
pub(super) struct Person<'a> {
    pub(super) entrance: &'a Entrance,
    pub(super) cookie: String,
}

impl Person<'_> {
    pub(super) fn get(&self, path: &str) -> Exchange {
        self.entrance.site.send("GET", path, &[("cookie", &self.cookie)], b"")
    }

    pub(super) fn post(&self, path: &str, body: &str) -> Exchange {
        let own = self.entrance.site.server().url().to_owned();
        self.entrance.post(path, &[("origin", &own), ("cookie", &self.cookie)], body)
    }
}

pub(super) fn api(entrance: &Entrance, method: &str, path: &str, body: &Value) -> Value {
    let key = entrance.site.bearer(0, "admin");
    let headers = [("authorization", key.as_str()), ("content-type", "application/json"), ("if-match", "*")];
    let path = format!("/api/companies/{}{path}", entrance.site.company(0));
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let answer = entrance.site.send(method, &path, &headers, text.as_bytes());
    assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}");
    answer.json()
}

/// The seeded form of the first company.
pub(super) fn seeded(entrance: &Entrance) -> String {
    api(entrance, "GET", "/forms", &Value::Null)["items"][0]["id"].as_str().unwrap().to_owned()
}

/// A visitor's submission through the seeded form.
pub(super) fn submit(entrance: &Entrance, values: &Value) {
    let sent = entrance.site.post_form(values, &[]);
    assert_eq!(sent.status, 202, "{sent:?}");
}

pub(super) fn with(mut values: Value, more: &Value) -> Value {
    values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    values
}

fn forms_of(entrance: &Entrance) -> usize {
    api(entrance, "GET", "/forms", &Value::Null)["items"].as_array().unwrap().len()
}

#[test]
fn whoever_signs_in_is_led_to_where_they_wanted_to_go_and_nowhere_else() {
    let mut entrance = Entrance::new();
    let wanted = format!("/console/forms/{}?days=7", seeded(&entrance));
    let door = entrance.site.send("GET", &wanted, &[], b"");
    let place = door.header("location").unwrap().to_owned();
    assert_eq!((door.status, place.starts_with("/sign-in?next=%2Fconsole%2Fforms%2F")), (303, true), "{door:?}");
    let asked = entrance.site.send("GET", &place, &[], b"");
    let next = asked.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(next, format!("__Host-next={wanted}"));
    let own = entrance.site.server().url().to_owned();
    for (cookie, led) in
        [(next.as_str(), wanted.as_str()), ("__Host-next=//evil.example", "/console"), ("a=b", "/console")]
    {
        entrance.ask(SDR);
        let link = entrance.link();
        let entered = entrance.post(&link, &[("origin", &own), ("cookie", cookie)], "");
        assert_eq!((entered.status, entered.header("location")), (303, Some(led)), "{entered:?}");
    }
    for other in ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2Fsign-out", "%2Fconsole%2F..%2Fsign-out"] {
        let asked = entrance.site.send("GET", &format!("/sign-in?next={other}"), &[], b"");
        assert_eq!((asked.status, asked.header("set-cookie")), (200, None), "{other}");
    }
    // A key is for programs: it opens no page.
    let key = entrance.site.bearer(0, "admin");
    let with_key = entrance.site.send("GET", "/console/forms", &[("authorization", &key)], b"");
    assert_eq!(with_key.status, 303, "{with_key:?}");
    let posted = entrance.post("/console/forms", &[("origin", &own)], "name=x");
    assert_eq!((posted.status, posted.header("location")), (303, Some("/sign-in?next=%2Fconsole")), "{posted:?}");
}

#[test]
fn each_role_sees_and_does_what_it_may() {
    let mut entrance = Entrance::new();
    submit(&entrance, &visitor(1));
    let cookies = [ADMIN, SDR].map(|email| entrance.enter(email));
    let [admin, sdr] = cookies.map(|cookie| Person { entrance: &entrance, cookie });
    let form = seeded(&entrance);
    let page = format!("/console/forms/{form}");
    let list = admin.get("/console/forms");
    assert_eq!(list.status, 200, "{list:?}");
    list.assert_dressed("text/html; charset=utf-8");
    let policy = list.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    assert!(
        list.text.contains("Conversion") && list.text.contains("New form") && list.text.contains("/console/campaigns")
    );
    let bare = sdr.get("/console/forms");
    assert!(bare.text.contains(&form), "{bare:?}");
    for hidden in ["Conversion", "New form", "/console/campaigns"] {
        assert!(!bare.text.contains(hidden), "an SDR sees {hidden}");
    }
    assert!(admin.get(&page).text.contains("Numbers"));
    let bare = sdr.get(&page);
    assert!(bare.status == 200 && !bare.text.contains("Numbers") && !bare.text.contains("/edit\""), "{bare:?}");
    assert_eq!(admin.get("/console/campaigns").status, 200);
    let refused = sdr.get("/console/campaigns");
    assert!(refused.status == 403 && refused.text.contains("Your role does not allow it"), "{refused:?}");
    assert_eq!(sdr.post("/console/forms", "name=Mine").status, 403);
    assert_eq!(sdr.post(&format!("{page}/embed"), "version=1&allowed_origins=").status, 403);
    assert_eq!(forms_of(&entrance), 1);
    // Another company's form does not exist, nor does one that never was.
    let other = entrance.site.bearer(1, "admin");
    let forms = format!("/api/companies/{}/forms", entrance.site.company(1));
    let theirs = entrance.site.send("GET", &forms, &[("authorization", &other)], b"").json();
    let theirs = theirs["items"][0]["id"].as_str().unwrap();
    for id in [theirs, "01890000-0000-7000-8000-000000000000", "x"] {
        for below in ["", "/embed", "/submissions.csv"] {
            let missing = admin.get(&format!("/console/forms/{id}{below}"));
            assert!(missing.status == 404 && missing.text.contains("Nothing is here"), "{id}{below}: {missing:?}");
        }
    }
}

#[test]
fn a_form_is_made_once_from_our_own_page_alone() {
    let mut entrance = Entrance::new();
    let cookie = entrance.enter(ADMIN);
    let evil = entrance.post("/console/forms", &[("origin", "https://evil.example"), ("cookie", &cookie)], "name=Evil");
    assert!(evil.status == 403 && evil.text.contains("Another website sent this"), "{evil:?}");
    let admin = Person { entrance: &entrance, cookie };
    let page = admin.get("/console/forms").text;
    let id = page.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let blank = admin.post("/console/forms", &format!("id={id}&name=+"));
    assert!(blank.status == 422 && blank.text.contains("aria-describedby=\"name-error\""), "{blank:?}");
    for _ in 0..2 {
        let made = admin.post("/console/forms", &format!("id={id}&name=Spring+%3Cfair%3E"));
        let place = made.header("location").unwrap();
        assert!(made.status == 303 && place.starts_with(&format!("/console/forms/{id}")), "{made:?}");
    }
    assert_eq!(forms_of(&entrance), 2, "the seeded one and this one, once");
    let shown = admin.get(&format!("/console/forms/{id}"));
    assert!(shown.text.contains("Spring &lt;fair&gt;") && !shown.text.contains("<fair>"), "{shown:?}");
    assert!(shown.text.contains("Nobody saw this form") && shown.text.contains("Nothing has come in yet"));
}

#[test]
fn websites_are_allowed_by_line_and_a_stale_page_keeps_what_was_typed() {
    let mut entrance = Entrance::new();
    let cookie = entrance.enter(ADMIN);
    let admin = Person { entrance: &entrance, cookie };
    let page = format!("/console/forms/{}/embed", seeded(&entrance));
    let shown = admin.get(&page).text;
    let own = entrance.site.server().url();
    let key = entrance.site.seed(0)["form_key"].as_str().unwrap();
    let escaped = format!("&lt;script type=\"module\" src=\"{own}/w/1/lead-form.js\" async&gt;&lt;/script&gt;")
        .replace('"', "&quot;");
    assert!(shown.contains(&escaped), "{shown}");
    assert!(shown.contains(&format!("{own}/f/{key}")) && shown.contains("integrity=&quot;sha384-"), "{shown}");
    let version = shown.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let saved = admin.post(
        &page,
        &format!(
            "version={version}&allowed_origins=https%3A%2F%2Fwww.example.com%0D%0A%0D%0A+http%3A%2F%2Flocalhost%3A8080"
        ),
    );
    assert_eq!((saved.status, saved.header("location")), (303, Some(page.as_str())), "{saved:?}");
    let origins =
        api(&entrance, "GET", &page.replace("/console", "").replace("/embed", ""), &Value::Null)["allowed_origins"]
            .clone();
    assert_eq!(origins, json!(["https://www.example.com", "http://localhost:8080"]));
    let stale = admin.post(&page, &format!("version={version}&allowed_origins=https%3A%2F%2Fother.example"));
    assert!(stale.status == 409 && stale.text.contains("changed meanwhile"), "{stale:?}");
    assert!(stale.text.contains("https://other.example</textarea>"), "what was typed stays");
    let now = stale.text.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let wrong =
        admin.post(&page, &format!("version={now}&allowed_origins=https%3A%2F%2Fa.example%0Awww.b.example%2Fpath"));
    assert!(wrong.status == 422 && wrong.text.contains("“www.b.example/path” is no website."), "{wrong:?}");
    assert!(!wrong.text.contains("“https://a.example”"), "{wrong:?}");
}

#[test]
fn numbers_and_campaigns_are_those_of_the_counters() {
    let mut entrance = Entrance::new();
    let path = entrance.site.form_path();
    for body in
        [r#"{"view":true}"#, r#"{"view":true}"#, r#"{"view":true,"start":true,"field":"email"}"#, r#"{"start":true}"#]
    {
        let told =
            entrance.site.send("POST", &format!("{path}/seen"), &[("content-type", "text/plain")], body.as_bytes());
        assert_eq!(told.status, 204, "{told:?}");
    }
    submit(&entrance, &with(visitor(1), &json!({ "utm_campaign": "spring <b>", "utm_source": "newsletter" })));
    let cookie = entrance.enter(ADMIN);
    let admin = Person { entrance: &entrance, cookie };
    let page = format!("/console/forms/{}", seeded(&entrance));
    let shown = admin.get(&page).text;
    for words in ["<dt>Views</dt><dd>3</dd>", "<dt>Submissions</dt><dd>1</dd>", "<dt>Conversion</dt><dd>33.3 %</dd>"] {
        assert!(shown.contains(words), "{words} in {shown}");
    }
    assert!(shown.contains("Work e-mail"), "where visitors stopped, by the field's label: {shown}");
    assert!(shown.contains("spring &lt;b&gt;") && !shown.contains("spring <b>"), "{shown}");
    assert!(shown.contains("New lead") && !shown.contains("All versions"), "{shown}");
    let of_version = admin.get(&format!("{page}?days=7&version=7")).text;
    assert!(of_version.contains("Nobody saw this form in the last 7 days"), "{of_version}");
    let list = admin.get("/console/forms").text;
    assert!(list.contains("33.3 %"), "{list}");
    // Totals of the company wait until a submission has settled.
    assert!(admin.get("/console/campaigns").text.contains("Nothing came in"));
    assert_eq!(admin.get(&format!("{page}?before=submission.x")).status, 404);
}
