//! The slowest messages that we know how to make: milliseconds a megabyte, and whether the cost grows
//! faster than the size.
//!
//! `cargo bench -p outfall-engine --bench worst [-- LARGE]`: LARGE adds messages of 30 MB.  Each unit is
//! repeated to fill the size; pairs of units are tried besides, as one may slow the other down.

use outfall_engine::{Engine, Envelope, Settings};
use std::hint::black_box;
use std::time::Instant;

const AT: f64 = 1_772_409_600.0;
const MEGABYTE: usize = 1_000_000;

/// Name, header lines, and what is repeated; `#` becomes a running number.
const UNITS: &[(&str, &str, &str)] = &[
    ("words", "", "w# "),
    ("one letter", "", "a "),
    ("letters, no space", "", "a"),
    ("no spaces in the script", "Content-Type: text/plain; charset=utf-8", "\u{6f22}\u{5b57}"),
    (
        "letters that look alike",
        "Content-Type: text/plain; charset=utf-8",
        "\u{440}\u{430}#\u{200b} ",
    ),
    ("combining marks", "Content-Type: text/plain; charset=utf-8", "e\u{301}\u{302}"),
    ("lines", "", "\n"),
    ("quoted lines", "", "> #\n"),
    ("deep quotes", "", "> > > > > > > > > >"),
    ("links", "", "http://h#.example/a?b=# "),
    ("half links", "", "http://"),
    ("bare hosts", "", "www.h#.example "),
    ("addresses", "", "a#@h#.example "),
    ("at signs", "", "@a."),
    ("digits", "", "+49 30 #"),
    ("digits and signs", "", "1-2 (3) "),
    ("dots", "", "."),
    ("tags", "Content-Type: text/html", "<b>"),
    ("closed tags", "Content-Type: text/html", "<p>#</p>"),
    ("tables", "Content-Type: text/html", "<table><tr><td>"),
    ("half tags", "Content-Type: text/html", "<a "),
    ("less-than signs", "Content-Type: text/html", "<"),
    ("attributes", "Content-Type: text/html", "<i a#=b c=\"d\" e>"),
    ("styles", "Content-Type: text/html", "<p style=\"color:#fff;display:none;font-size:0\">x"),
    ("style sheets", "Content-Type: text/html", "<style>.c#{display:none}</style>"),
    ("classes", "Content-Type: text/html", "<p class=\"c# d# e f g h\">x"),
    ("anchors", "Content-Type: text/html", "<a href=\"http://h#.example/\">h#.test</a>"),
    ("comments", "Content-Type: text/html", "<!--"),
    ("entities", "Content-Type: text/html", "&amp;&#x41;"),
    ("half entities", "Content-Type: text/html", "&Counter"),
    ("scripts", "Content-Type: text/html", "<script>a</script"),
    ("parts", "Content-Type: multipart/mixed; boundary=b", "\r\n--b\r\n\r\n#"),
    (
        "files",
        "Content-Type: multipart/mixed; boundary=b",
        "\r\n--b\r\nContent-Disposition: attachment; filename=#.bin\r\n\r\nabcdef#",
    ),
    (
        "archives",
        "Content-Type: multipart/mixed; boundary=b",
        "\r\n--b\r\nContent-Type: application/zip\r\n\r\nPK\u{3}\u{4}PK\u{1}\u{2}#",
    ),
    ("nested messages", "Content-Type: message/rfc822", "Content-Type: message/rfc822\r\n\r\n"),
    (
        "nested parts",
        "Content-Type: multipart/mixed; boundary=b0",
        "--b#\r\nContent-Type: multipart/mixed; boundary=b#\r\n\r\n",
    ),
    ("boundaries", "Content-Type: multipart/mixed; boundary=b", "\r\n--b"),
    ("base64", "Content-Transfer-Encoding: base64", "QUJD\r\n"),
    ("quoted-printable", "Content-Transfer-Encoding: quoted-printable", "=41=\r\n"),
    ("charset", "Content-Type: text/plain; charset=iso-2022-jp", "\u{1b}$B0!\u{1b}(B"),
    ("header lines", "-", "X-#: a\r\n"),
    ("received lines", "-", "Received: from a by b; Mon, 2 Mar 2026 10:00:00 +0000\r\n"),
    ("encoded words", "-", "Subject: =?utf-8?q?=41#?= =?utf-8?b?QUJD?=\r\n"),
    ("people", "-", "To: a#@h.example, \"b, c\" <d#@e.example>\r\n"),
    ("comments in fields", "-", "To: ((((((((((\r\n"),
    ("parameters", "-", "Content-Type: text/plain; a*#*=b; a#=\"c\"\r\n"),
];

fn main() {
    let large = std::env::args().any(|argument| argument == "LARGE");
    let engine = Engine::new(Settings::default()).expect("the default memory is enough");
    let mut all: Vec<(f64, f64, String)> = singles(&engine).chain(pairs(&engine)).collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!("{:>12} {:>22}", "ms a megabyte", "1 MB against 1/4 MB");
    for (took, growth, name) in all.iter().take(20) {
        println!("{took:12.1} {growth:22.1}  {name}");
    }
    let steepest = all.iter().max_by(|a, b| a.1.total_cmp(&b.1)).expect("some");
    println!("grows most: {:.1} times for four times the size: {}", steepest.1, steepest.2);
    for unit in UNITS.iter().filter(|_| large) {
        let took = milliseconds(&engine, &message(unit.1, &[unit.2], 30 * MEGABYTE), 1) / 30.0;
        println!("30 MB: {took:6.1} ms a megabyte  {}", unit.0);
    }
    recipients(&engine);
}

fn singles(engine: &Engine) -> impl Iterator<Item = (f64, f64, String)> {
    UNITS.iter().map(|&(name, head, unit)| {
        let (quarter, whole) = ([MEGABYTE / 4, MEGABYTE])
            .map(|size| milliseconds(engine, &message(head, &[unit], size), 3))
            .into();
        (whole, whole / quarter, name.to_owned())
    })
}

/// Two kinds of one head, mixed.
fn pairs(engine: &Engine) -> impl Iterator<Item = (f64, f64, String)> {
    let pairs = UNITS
        .iter()
        .enumerate()
        .flat_map(|(at, one)| UNITS[..at].iter().map(move |other| (one, other)));
    pairs.filter(|(one, other)| one.1 == other.1).map(|(one, other)| {
        let raw = message(one.1, &[one.2, other.2], MEGABYTE / 4);
        let quarter = milliseconds(engine, &raw, 5);
        let whole = milliseconds(engine, &message(one.1, &[one.2, other.2], MEGABYTE), 4);
        (whole, whole / quarter, format!("{} + {}", one.0, other.0))
    })
}

/// The most recipients that are looked at, and more.
fn recipients(engine: &Engine) {
    for count in [1_000, 100_000] {
        let recipients = (0..count).map(|number| format!("r{number}@far.test")).collect();
        let envelope = Envelope { account: Some("a".into()), recipients, ..Envelope::default() };
        let begun = Instant::now();
        black_box(engine.scan(&message("", &["w# "], 4_000), &envelope, AT));
        println!("{count} recipients: {:.2} ms", begun.elapsed().as_secs_f64() * 1e3);
    }
}

/// The fastest of some scans.
fn milliseconds(engine: &Engine, raw: &[u8], runs: u32) -> f64 {
    let envelope = Envelope {
        account: Some("a".into()),
        recipients: vec!["b@far.test".into()],
        ..Envelope::default()
    };
    let run = |_| {
        let begun = Instant::now();
        black_box(engine.scan(raw, &envelope, AT));
        begun.elapsed().as_secs_f64() * 1e3
    };
    (0..runs).map(run).fold(f64::MAX, f64::min)
}

/// Repeats units up to a size, behind a head; a head of `-` makes them header lines.
fn message(head: &str, units: &[&str], size: usize) -> Vec<u8> {
    let mut raw = b"From: a@b.test\r\nSubject: x\r\n".to_vec();
    if head != "-" {
        raw.extend(head.as_bytes());
        raw.extend(if head.is_empty() { "\r\n" } else { "\r\n\r\n" }.as_bytes());
    }
    for number in 0.. {
        if raw.len() >= size {
            break;
        }
        raw.extend(units[number % units.len()].replace('#', &number.to_string()).as_bytes());
    }
    raw
}
