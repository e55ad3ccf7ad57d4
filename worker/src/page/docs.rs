//! The API's documentation as a page, made of the same document as `/api/openapi.json`. It needs no JavaScript.

use super::shell::{self, Head};
use crate::api::openapi::{Member, members, sample};
use maud::{Markup, html};
use serde_json::{Map, Value};

/// The methods in the order in which a path's endpoints are shown.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// One endpoint of the document.
struct Operation<'a> {
    method: &'static str,
    path: &'a str,
    told: &'a Value,
}

impl Operation<'_> {
    fn id(&self) -> &str {
        text(&self.told["operationId"])
    }
}

/// What is looked up while the page is made.
struct Document<'a> {
    whole: &'a Value,
    schemas: &'a Map<String, Value>,
}

/// The page.
pub(crate) fn docs(whole: &Value, origin: &str) -> Markup {
    let none = Map::new();
    let document = Document { whole, schemas: whole["components"]["schemas"].as_object().unwrap_or(&none) };
    let tags: Vec<&str> = list(&whole["tags"]).iter().map(|tag| text(&tag["name"])).collect();
    let groups: Vec<(&str, Vec<Operation<'_>>)> = tags.into_iter().map(|tag| (tag, document.tagged(tag))).collect();
    let body = html! {
        body.docs {
            a.skip href="#content" { "Skip to the content" }
            nav aria-label="Endpoints" { (contents(&groups)) }
            main #content {
                h1 { "Leadgate API" }
                p.intro { "Version " (text(&whole["info"]["version"])) ". The same as "
                    a href="/api/openapi.json" { "OpenAPI 3.1" } "." }
                (ways(origin))
                @for (tag, operations) in &groups {
                    section.group aria-labelledby=(slug(tag)) {
                        h2 id=(slug(tag)) { (tag) }
                        @for operation in operations { (document.endpoint(operation)) }
                    }
                }
                (document.problems())
            }
        }
    };
    shell::document(&Head::english("Leadgate API", &["/w/1/page.css", "/w/1/docs.css"], None), &body)
}

fn contents(groups: &[(&str, Vec<Operation<'_>>)]) -> Markup {
    html! {
        a.brand href="#content" { "Leadgate API" }
        ul {
            li { a href="#authentication" { "Authentication" } }
            li { a href="#lists" { "Lists" } }
            li { a href="#versions" { "Versions" } }
            li { a href="#problems" { "Problems" } }
        }
        @for (tag, operations) in groups {
            p { (tag) }
            ul {
                @for operation in operations {
                    li { a href={ "#" (operation.id()) } { (method(operation.method)) " " span { (below_company(operation.path)) } } }
                }
            }
        }
    }
}

/// What is the same for every endpoint.
fn ways(origin: &str) -> Markup {
    let example = format!(
        "curl {origin}/api/companies/$COMPANY/leads \\\n  -H \"Authorization: Bearer $KEY\"\n\n\
         curl {origin}/api/companies/$COMPANY/leads/$LEAD -X PATCH \\\n  -H \"Authorization: Bearer $KEY\" \\\n  \
         -H 'If-Match: \"3\"' -H 'Content-Type: application/json' \\\n  -d '{{\"job_title\": \"Buyer\"}}'"
    );
    html! {
        section aria-labelledby="authentication" {
            h2 #authentication { "Authentication" }
            p { "Send a secret key as " code { "Authorization: Bearer sk_…" } ", from a server and never from a browser: answers carry no CORS headers. \
                 A person who signed in sends the session cookie instead. A key has scopes; each endpoint names the one it needs. \
                 What the caller may not see answers exactly as what does not exist: 404." }
            pre tabindex="0" { code { (example) } }
        }
        section aria-labelledby="lists" {
            h2 #lists { "Lists" }
            p { "Lists answer " code { "{\"items\": […], \"next_cursor\": …}" } ". Send " code { "next_cursor" } " back as " code { "cursor" }
                " for the next page, with the same sort; " code { "null" } " is the end. A page may hold fewer items than " code { "limit" } "." }
        }
        section aria-labelledby="versions" {
            h2 #versions { "Versions" }
            p { "Records carry their version as " code { "ETag" } ". A change sends the version that it is meant for as " code { "If-Match" }
                ": without it the answer is 428, and 412 where somebody else was faster." }
        }
    }
}

impl Document<'_> {
    fn tagged<'a>(&'a self, tag: &str) -> Vec<Operation<'a>> {
        let paths = self.whole["paths"].as_object().into_iter().flatten();
        let all = paths.flat_map(|(path, item)| {
            METHODS.into_iter().filter_map(move |method| {
                let told = item.get(method)?;
                Some(Operation { method, path, told })
            })
        });
        all.filter(|operation| operation.told["tags"][0] == tag).collect()
    }

    fn endpoint(&self, operation: &Operation<'_>) -> Markup {
        let told = operation.told;
        let heading = format!("{}-title", operation.id());
        html! {
            article id=(operation.id()) aria-labelledby=(heading) {
                h3 id=(heading) { (method(operation.method)) " " code { (below_company(operation.path)) } }
                p { (text(&told["summary"])) ". " span.soft { (marked(text(&told["description"]))) } }
                (self.parameters(list(&told["parameters"])))
                @let body = &told["requestBody"];
                @if body.is_object() {
                    h4 { "Body" @if body["required"] == false { " (may be left out)" } }
                    (self.shape(&body["content"]["application/json"]["schema"], "Example of a body"))
                }
                h4 { "Answers" }
                @for (status, answer) in told["responses"].as_object().into_iter().flatten() {
                    (self.answer(status, answer))
                }
            }
        }
    }

    fn parameters(&self, parameters: &[Value]) -> Markup {
        // The company stands in every path.
        let own = parameters.iter().filter(|parameter| parameter["name"] != "company_id");
        let rows = own.map(|parameter| {
            let place = text(&parameter["in"]);
            let place = if parameter["required"] == true || place == "query" {
                place.to_owned()
            } else {
                format!("{place}, optional")
            };
            (text(&parameter["name"]), place, self.kind(&parameter["schema"]), text(&parameter["description"]))
        });
        let rows: Vec<_> = rows.collect();
        html! {
            @if !rows.is_empty() {
                h4 { "Parameters" }
                div.wide tabindex="0" role="group" aria-label="Parameters" {
                    table {
                        thead { tr { th scope="col" { "Name" } th scope="col" { "Where" } th scope="col" { "Kind" } th scope="col" { "Meaning" } } }
                        tbody { @for (name, place, kind, meaning) in rows {
                            tr { th scope="row" { code { (name) } } td { (place) } td { (kind) } td { (marked(meaning)) } }
                        } }
                    }
                }
            }
        }
    }

    fn answer(&self, status: &str, answer: &Value) -> Markup {
        let answer = self.resolved(answer);
        let success = status.starts_with('2');
        let headers: Vec<&str> =
            answer["headers"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        html! {
            details.answer open[success] {
                summary { span.status.good[success] { (status) } " " (title_of(answer)) }
                @if success {
                    @if !headers.is_empty() { p.soft { "Headers: " @for name in &headers { code { (name) } " " } } }
                    @let schema = &answer["content"]["application/json"]["schema"];
                    @if schema.is_object() { (self.shape(schema, "Example of the answer")) }
                } @else {
                    @for paragraph in text(&answer["description"]).split("\n\n") { p { (marked(paragraph)) } }
                }
            }
        }
    }

    /// The members of a schema in a table, and an example.
    fn shape(&self, schema: &Value, label: &str) -> Markup {
        let mut found = members(self.schemas, schema);
        found.sort_by_key(|member| !member.required);
        let told = found.iter().any(|member| member.schema["description"].is_string());
        let example = serde_json::to_string_pretty(&sample(self.schemas, schema)).unwrap_or_default();
        html! {
            @if !found.is_empty() {
                details {
                    summary { (found.len()) " members" }
                    div.wide tabindex="0" role="group" aria-label="Members" {
                        table {
                            thead { tr { th scope="col" { "Name" } th scope="col" { "Kind" } @if told { th scope="col" { "Meaning" } } } }
                            tbody { @for member in &found { (self.member(member, told)) } }
                        }
                    }
                }
            }
            details {
                summary { (label) }
                pre tabindex="0" { code { (example) } }
            }
        }
    }

    fn member(&self, member: &Member, told: bool) -> Markup {
        let Member { name, schema, required } = member;
        html! {
            tr {
                th scope="row" { code { (name) } @if *required { " " span.need { "required" } } }
                td { (self.kind(schema)) }
                @if told { td { (marked(text(&schema["description"]))) } }
            }
        }
    }

    /// A schema in a few words.
    fn kind(&self, schema: &Value) -> String {
        for choice in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[choice].as_array() {
                let words: Vec<String> = choices.iter().map(|choice| self.kind(choice)).collect();
                return words.join(" or ");
            }
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap_or_default();
            return match self.schemas.get(name) {
                Some(target) if target["properties"].is_object() || target["allOf"].is_array() => name.to_owned(),
                Some(target) => self.kind(target),
                None => name.to_owned(),
            };
        }
        if let Some(names) = schema["enum"].as_array() {
            return names.iter().map(text).collect::<Vec<_>>().join(", ");
        }
        let kinds: Vec<&str> = match &schema["type"] {
            Value::Array(kinds) => kinds.iter().map(text).collect(),
            kind => vec![text(kind)],
        };
        let mut words = kinds.join(" or ").replace("array", "list");
        if schema["items"].is_object() {
            words = format!("{words} of {}", self.kind(&schema["items"]));
        }
        for (name, before) in
            [("format", ", "), ("minimum", ", from "), ("maximum", ", to "), ("maxLength", ", at most ")]
        {
            match &schema[name] {
                Value::String(word) => words += &format!("{before}{word}"),
                Value::Number(number) => words += &format!("{before}{number}"),
                _ => {}
            }
        }
        words
    }

    fn resolved<'a>(&'a self, answer: &'a Value) -> &'a Value {
        let name = answer["$ref"].as_str().and_then(|to| to.rsplit('/').next());
        name.map_or(answer, |name| &self.whole["components"]["responses"][name])
    }

    /// Every kind of problem that an endpoint can answer with.
    fn problems(&self) -> Markup {
        html! {
            section aria-labelledby="problems" {
                h2 #problems { "Problems" }
                p { "Whatever is no success is " code { "application/problem+json" } " (RFC 9457). Codes of refused values are stable." }
                div.wide tabindex="0" role="group" aria-label="Problems" {
                    table {
                        thead { tr { th scope="col" { "Status" } th scope="col" { "Type" } th scope="col" { "Meaning" } } }
                        tbody { @for kind in lead_core::problem::KINDS {
                            tr { td { (kind.status) } th scope="row" { a href={ "/problems/" (kind.slug) } { (kind.slug) } } td { (marked(kind.meaning)) } }
                        } }
                    }
                }
            }
        }
    }
}

/// The first sentence of an answer's description; of several problems all of their titles.
fn title_of(answer: &Value) -> String {
    match answer["content"]["application/problem+json"]["examples"].as_object() {
        Some(examples) => {
            examples.values().map(|example| text(&example["value"]["title"])).collect::<Vec<_>>().join("; ")
        }
        None => text(&answer["description"]).to_owned(),
    }
}

/// A path without what all of them begin with.
fn below_company(path: &str) -> &str {
    path.strip_prefix(crate::api::BASE).unwrap_or(path)
}

fn method(name: &str) -> Markup {
    html! { span class={ "method " (name) } { (name.to_uppercase()) } }
}

/// Text whose `quoted` words are code.
fn marked(words: &str) -> Markup {
    html! {
        @for (number, part) in words.split('`').enumerate() {
            @if number % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn slug(tag: &str) -> String {
    tag.to_lowercase().replace(' ', "-")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
