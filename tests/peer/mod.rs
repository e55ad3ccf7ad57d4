//! A mail service on this machine: it takes mails over real HTTP as Resend and Postmark document it, and fails as they may.

mod book;
mod services;
mod wire;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

pub(crate) use book::{Book, Fault, Seen};
pub(crate) use wire::Wire;

use services::Reply;

/// The key of Resend's account, and the token of Postmark's server.
pub(crate) const KEY: &str = "re_a_key_of_the_tests";

/// Longer than any client of the tests waits.
const PATIENCE: Duration = Duration::from_secs(60);

/// A service that runs; it ends with the process.
pub(crate) struct Peer {
    url: String,
    book: Arc<Mutex<Book>>,
}

impl Peer {
    /// One that works, until it is told otherwise.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let book = Arc::new(Mutex::new(Book::default()));
        let shared = Arc::clone(&book);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let book = Arc::clone(&shared);
                thread::spawn(move || serve(&stream, &book));
            }
        });
        Self { url, book }
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What it was asked and what it took; also where it is told to fail.
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }
}

/// One request and its answer; whatever goes wrong with the line is the client's to see.
fn serve(mut stream: &TcpStream, book: &Mutex<Book>) {
    let _ = stream.set_read_timeout(Some(PATIENCE));
    let Some(seen) = read(stream) else { return };
    let (fault, reply) = book.lock().unwrap().answer(&seen);
    match fault {
        Some(Fault::CutBefore | Fault::CutAfter) => drop(stream.shutdown(Shutdown::Both)),
        Some(Fault::SilentBefore | Fault::SilentAfter) => {
            // Until the client gives up.
            let _ = stream.read(&mut [0]);
        }
        Some(Fault::Slow) => {
            let text = text(&reply);
            let (first, rest) = text.split_at(text.len() / 2);
            let _ = stream.write_all(first.as_bytes());
            thread::sleep(Duration::from_millis(5));
            let _ = stream.write_all(rest.as_bytes());
        }
        _ => drop(stream.write_all(text(&reply).as_bytes())),
    }
}

fn read(stream: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    let header = |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    let mut body = Vec::new();
    if header("transfer-encoding").is_some_and(|value| value == "chunked") {
        chunks(&mut reader, &mut body)?;
    } else {
        let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        body.resize(length, 0);
        reader.read_exact(&mut body).ok()?;
    }
    Some(Seen { method, path, headers, body: String::from_utf8(body).ok()? })
}

fn chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> Option<()> {
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let length = usize::from_str_radix(line.trim(), 16).ok()?;
        let from = body.len();
        body.resize(from + length, 0);
        reader.read_exact(&mut body[from..]).ok()?;
        reader.read_line(&mut line).ok()?;
        if length == 0 {
            return Some(());
        }
    }
}

fn text(reply: &Reply) -> String {
    let Reply { status, retry_after, body } = reply;
    let after = retry_after.as_ref().map(|after| format!("Retry-After: {after}\r\n")).unwrap_or_default();
    let head = format!("HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\nConnection: close\r\n{after}");
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
}
