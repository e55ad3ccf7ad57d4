//! What a visitor's page tells of itself: that it was shown, begun, and how far it got. Nothing else is read.

use serde::Deserialize;

/// What a page tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// The version of the form that is shown; none is the current one.
    pub version: Option<i64>,
    /// It is shown for the first time.
    pub view: bool,
    /// The visitor begins to fill it.
    pub start: bool,
    /// The field that they reached last.
    pub field: Option<String>,
    /// The field that the page told before, and that is the last one no more.
    pub before: Option<String>,
}

/// One number that goes up or down by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `view`, `start` or `last`.
    pub what: &'static str,
    /// For `last`, the field; else blank.
    pub field: String,
    /// 1 or -1.
    pub n: i64,
}

impl Seen {
    /// Reads a body; what is not one tells nothing.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// What is to be counted of a form whose version has the fields that `knows` says.
    #[must_use]
    pub fn steps(&self, knows: impl Fn(&str) -> bool) -> Vec<Step> {
        let once = |what, told: bool| told.then(|| Step { what, field: String::new(), n: 1 });
        let at = |field: &Option<String>, n| {
            let field = field.clone().filter(|field| knows(field));
            field.map(|field| Step { what: "last", field, n })
        };
        let steps = [once("view", self.view), once("start", self.start), at(&self.field, 1), at(&self.before, -1)];
        if self.field == self.before {
            return steps.into_iter().take(2).flatten().collect();
        }
        steps.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_tells_how_far_it_got_and_nothing_else() {
        let steps = |text: &str| {
            let steps = Seen::parse(text.as_bytes()).map(|seen| seen.steps(|field| field != "unknown"));
            steps
                .map(|steps| steps.into_iter().map(|step| format!("{} {} {}", step.what, step.field, step.n)).collect())
        };
        let told = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(steps(r#"{"view":true}"#), told(&["view  1"]));
        assert_eq!(steps(r#"{"start":true,"field":"email"}"#), told(&["start  1", "last email 1"]));
        assert_eq!(steps(r#"{"field":"phone","before":"email"}"#), told(&["last phone 1", "last email -1"]));
        assert_eq!(steps(r#"{"field":"phone","before":"phone"}"#), told(&[]));
        assert_eq!(steps(r#"{"before":"phone","who":"ada@example.com"}"#), told(&["last phone -1"]));
        assert_eq!(steps(r#"{"field":"unknown"}"#), told(&[]));
        assert_eq!(steps("{}"), told(&[]));
        assert_eq!(steps("view"), None);
    }
}
