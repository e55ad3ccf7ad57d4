//! People and machines: programs open mails and follow their links before anybody reads them (spec E4).
//!
//! A verdict is made of all that came back of a mail, a minute after the event. A machine's opens and clicks are kept and
//! marked, and count for nothing.

use super::MailEventKind;
use crate::policy::named;
use crate::time::Instant;

named! {
    /// Why an open or a click was no person's.
    Machine {
        /// It asked for the headers alone.
        Head = "head",
        /// It did not say what it was.
        NoUserAgent = "no_user_agent",
        /// A mail program that fetches every picture in advance.
        Prefetch = "prefetch",
        /// A program that checks links, shows previews of them or crawls.
        Scanner = "scanner",
        /// Sooner than anybody can read.
        TooSoon = "too_soon",
        /// Several links at the same moment, or the pixel beside them.
        Burst = "burst",
        /// Every link of the mail, one after the other.
        AllLinks = "all_links",
        /// The same once more at the same moment.
        Repeated = "repeated",
        /// What is stored of its mail cannot be read.
        Unreadable = "unreadable",
    }
}

/// What is known about a mail besides its events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// When a provider took it, or was first asked to.
    pub sent_at: Option<Instant>,
    /// When the recipient's server took it.
    pub delivered_at: Option<Instant>,
    /// How many different links it has.
    pub links: usize,
}

/// An open or a click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// [`MailEventKind::Opened`] or [`MailEventKind::Clicked`].
    pub kind: MailEventKind,
    /// Which link.
    pub link: Option<u16>,
    /// The method it came by; none is a provider's word, which need not tell what it was opened with.
    pub method: Option<String>,
    /// What it said it was.
    pub user_agent: Option<String>,
    /// When.
    pub at: Instant,
}

/// Nobody reads a mail within so many milliseconds of its delivery.
pub const TOO_SOON_MS: i64 = 10_000;

/// What happens within so many milliseconds happens at the same moment.
pub const MOMENT_MS: i64 = 2_000;

/// Nobody follows every link within so many milliseconds,
pub const ALL_LINKS_MS: i64 = 60_000;

/// where there are at least so many.
pub const ALL_LINKS_LEAST: usize = 3;

/// Apple's privacy protection says this and nothing else; Google's look-ahead in an open mailbox says that. Neither tells
/// whether anybody looked. Pictures that Gmail and Yahoo fetch when somebody does carry names of their own, and count.
const PREFETCH: [&str; 2] = [
    "Mozilla/5.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0",
];

/// Parts of the names of scanners, previews and programs without a screen, in lower case.
const SCANNERS: [&str; 34] = [
    "barracuda",
    "bingpreview",
    "bitdefender",
    "checkpoint",
    "cisco ironport",
    "cloudmark",
    "existence discovery",
    "facebookexternalhit",
    "fireeye",
    "forcepoint",
    "fortiguard",
    "go-http-client",
    "google-safety",
    "google-read-aloud",
    "headlesschrome",
    "hornetsecurity",
    "httpclient",
    "kaspersky",
    "linkpreview",
    "mcafee",
    "messagelabs",
    "mimecast",
    "phantomjs",
    "proofpoint",
    "python-requests",
    "safelinks",
    "skypeuripreview",
    "sophos",
    "symantec",
    "trendmicro",
    "urlscan",
    "virustotal",
    "whatsapp",
    "zscaler",
];

/// Words of which one alone is enough.
const WORDS: [&str; 14] = [
    "axios", "crawler", "curl", "eset", "java", "libwww", "okhttp", "preview", "python", "scanner", "scrapy", "spider",
    "vade", "wget",
];

/// Why each signal was a machine's; `None` is a person's, as far as can be told.
#[must_use]
pub fn judge(sent: &Sent, signals: &[Signal]) -> Vec<Option<Machine>> {
    let burst: Vec<bool> = signals.iter().map(|signal| is_burst(signal, signals)).collect();
    let verdict = |(index, signal): (usize, &Signal)| {
        let of_itself = by_itself(signal).or_else(|| is_too_soon(sent, signal).then_some(Machine::TooSoon));
        let beside = || {
            let bursts = signals.iter().zip(&burst).filter(|(_, is)| **is).map(|(other, _)| other);
            let pixel_of_burst = signal.kind == MailEventKind::Opened
                && bursts.into_iter().any(|other| together(signal, other) && other.user_agent == signal.user_agent);
            if burst[index] || pixel_of_burst {
                return Some(Machine::Burst);
            }
            if follows_all(sent, signal, signals) {
                return Some(Machine::AllLinks);
            }
            let same = |other: &Signal| {
                (other.kind, other.link, &other.user_agent) == (signal.kind, signal.link, &signal.user_agent)
                    && other.method.is_some() == signal.method.is_some()
            };
            signals[..index].iter().any(|other| same(other) && together(signal, other)).then_some(Machine::Repeated)
        };
        of_itself.or_else(beside)
    };
    signals.iter().enumerate().map(verdict).collect()
}

fn by_itself(signal: &Signal) -> Option<Machine> {
    if signal.method.as_deref() == Some("HEAD") {
        return Some(Machine::Head);
    }
    let name = signal.user_agent.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let Some(name) = name else { return signal.method.is_some().then_some(Machine::NoUserAgent) };
    if signal.kind == MailEventKind::Opened && PREFETCH.contains(&name) {
        return Some(Machine::Prefetch);
    }
    let lower = name.to_ascii_lowercase();
    let mut words = lower.split(|sign: char| !sign.is_ascii_alphanumeric());
    // A maker of telephones is called Cubot.
    let robot = words.any(|word| WORDS.contains(&word) || (word.ends_with("bot") && word != "cubot"));
    (robot || SCANNERS.iter().any(|part| lower.contains(part))).then_some(Machine::Scanner)
}

/// Before the mail was there, or so soon after that nobody can have read it. A mail that was not delivered as far as we know
/// is taken to be there once it was sent.
fn is_too_soon(sent: &Sent, signal: &Signal) -> bool {
    let there = sent.delivered_at.max(sent.sent_at);
    there.is_some_and(|there| signal.at.ms() < there.ms() + TOO_SOON_MS)
}

fn together(one: &Signal, other: &Signal) -> bool {
    one.at.ms().abs_diff(other.at.ms()) <= MOMENT_MS.unsigned_abs()
}

/// A click beside a click on another link.
fn is_burst(signal: &Signal, signals: &[Signal]) -> bool {
    let clicked = |signal: &Signal| signal.kind == MailEventKind::Clicked;
    clicked(signal)
        && signals.iter().any(|other| clicked(other) && other.link != signal.link && together(signal, other))
}

/// A click among clicks of one program on every link.
fn follows_all(sent: &Sent, signal: &Signal, signals: &[Signal]) -> bool {
    if signal.kind != MailEventKind::Clicked || sent.links < ALL_LINKS_LEAST {
        return false;
    }
    let by_same = |other: &&Signal| other.kind == signal.kind && other.user_agent == signal.user_agent;
    let clicks: Vec<&Signal> = signals.iter().filter(by_same).collect();
    // Some minute that holds this click and begins with one of them holds every link.
    clicks.iter().any(|first| {
        let minute = first.at.ms()..=first.at.ms() + ALL_LINKS_MS;
        let mut links: Vec<u16> =
            clicks.iter().filter(|click| minute.contains(&click.at.ms())).filter_map(|click| click.link).collect();
        links.sort_unstable();
        links.dedup();
        minute.contains(&signal.at.ms()) && links.len() >= sent.links
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

    fn at(ms: i64) -> Instant {
        Instant::from_ms(1_795_428_000_000 + ms).unwrap()
    }

    fn signal(link: Option<u16>, ms: i64) -> Signal {
        let kind = if link.is_some() { MailEventKind::Clicked } else { MailEventKind::Opened };
        Signal { kind, link, method: Some("GET".into()), user_agent: Some(FIREFOX.into()), at: at(ms) }
    }

    #[test]
    fn names_of_people_are_not_taken_for_machines() {
        let people = [
            FIREFOX,
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
            "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
            "Mozilla/5.0 (Linux; Android 14; CUBOT KINGKONG 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
            "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.18025; Pro)",
        ];
        for name in people {
            let signal = Signal { user_agent: Some(name.into()), ..signal(None, 60_000) };
            assert_eq!(by_itself(&signal), None, "{name}");
        }
    }

    proptest! {
        /// What machines do beside a person's click takes it from nobody, unless it comes at the same moment.
        #[test]
        fn a_click_alone_is_a_persons(ms in 10_000_i64..10_000_000, others in prop::collection::vec((0_u16..5, 0_i64..10_000_000), 0..6)) {
            let sent = Sent { sent_at: Some(at(0)), delivered_at: None, links: 9 };
            let mut signals = vec![signal(Some(7), ms)];
            signals.extend(others.iter().filter(|(_, other)| other.abs_diff(ms) > 2_000).map(|(link, other)| signal(Some(*link), *other)));
            prop_assert_eq!(judge(&sent, &signals)[0], None);
        }

        #[test]
        fn the_order_of_signals_matters_for_repetitions_alone(times in prop::collection::vec((0_u16..4, 0_i64..100_000), 1..8)) {
            let sent = Sent { sent_at: Some(at(0)), delivered_at: Some(at(500)), links: 4 };
            let signals: Vec<Signal> = times.iter().map(|(link, ms)| signal((*link > 0).then_some(*link), *ms)).collect();
            let plain = |signals: &[Signal]| {
                let verdicts = judge(&sent, signals);
                let mut out: Vec<_> = signals.iter().zip(verdicts).map(|(signal, verdict)| {
                    (signal.link, signal.at, verdict.filter(|why| *why != Machine::Repeated))
                }).collect();
                out.sort();
                out
            };
            let turned: Vec<Signal> = signals.iter().rev().cloned().collect();
            prop_assert_eq!(plain(&signals), plain(&turned));
        }
    }
}
