//! Messages for benches, and how works on them are timed side by side.  No bench of its own.

use std::path::Path;
use std::time::{Duration, Instant};

/// Runs over each block of messages; the fastest counts, as the others were disturbed.
const RUNS: usize = 7;

/// Messages that one work takes before the next one gets the same: short, so that what else the
/// machine does falls on all works alike, and shorter than a time slice on a busy one.
const BLOCK: usize = 16;

/// A piece of work on one message, by its number.
pub type Work<'a> = (&'static str, Box<dyn Fn(usize) + 'a>);

/// Prints what each work takes, and against the first.
pub fn report(count: usize, works: &[Work<'_>]) {
    let mut took = vec![0.0; works.len()];
    for start in (0..count).step_by(BLOCK) {
        let block = start..count.min(start + BLOCK);
        let mut fastest = vec![Duration::MAX; works.len()];
        for _ in 0..RUNS {
            for ((_, work), fastest) in works.iter().zip(&mut fastest) {
                let begun = Instant::now();
                block.clone().for_each(work);
                *fastest = begun.elapsed().min(*fastest);
            }
        }
        took.iter_mut().zip(&fastest).for_each(|(sum, block)| *sum += block.as_secs_f64());
    }
    for ((name, _), took_here) in works.iter().zip(&took) {
        let each = took_here * 1e6 / count.max(1) as f64;
        println!("{name:20} {each:8.2} us a message  {:5.2} x mail-parser", took_here / took[0]);
    }
}

//------------ Messages -------------------------------------------------------

/// Bytes that are read from PATH: enough for a mean, little enough for every machine.
const ENOUGH: usize = 200 << 20;

/// Returns the messages at `path` (a folder, an mbox, a blob with offsets beside it), or made ones.
pub fn from(path: Option<&str>) -> Vec<Vec<u8>> {
    let messages = path.map_or_else(made, |path| read(Path::new(path)));
    let size: usize = messages.iter().map(Vec::len).sum();
    let count = messages.len();
    println!("{count} messages, {size} bytes, {} in the mean", size / count.max(1));
    messages
}

fn read(path: &Path) -> Vec<Vec<u8>> {
    if path.is_dir() {
        let mut messages = Vec::new();
        read_folder(path, &mut messages, &mut 0);
        return messages;
    }
    let blob = std::fs::read(path).expect("PATH cannot be read");
    match std::fs::read_to_string(path.with_file_name("traffic.jsonl")) {
        Ok(index) => index.lines().filter_map(|line| part(&blob, line)).collect(),
        Err(_) => mbox(&blob),
    }
}

fn read_folder(folder: &Path, messages: &mut Vec<Vec<u8>>, size: &mut usize) {
    for entry in std::fs::read_dir(folder).expect("PATH cannot be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            read_folder(&path, messages, size);
        } else if *size < ENOUGH
            && let Ok(raw) = std::fs::read(&path)
        {
            *size += raw.len();
            messages.push(raw);
        }
    }
}

fn part(blob: &[u8], line: &str) -> Option<Vec<u8>> {
    let number = |name: &str| {
        let rest = line.split_once(name)?.1.trim_start_matches(['"', ':', ' ']);
        rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse::<usize>().ok()
    };
    let (start, length) = (number("\"offset\"")?, number("\"length\"")?);
    blob.get(start..start + length).map(<[u8]>::to_vec)
}

fn mbox(blob: &[u8]) -> Vec<Vec<u8>> {
    let mut starts: Vec<usize> =
        memchr::memmem::find_iter(blob, b"\nFrom ").map(|at| at + 1).collect();
    starts.insert(0, 0);
    starts.push(blob.len());
    starts.windows(2).map(|pair| blob[pair[0]..pair[1]].to_vec()).collect()
}

/// Messages of three kinds: a list's plain mail, a newsletter, a file.
fn made() -> Vec<Vec<u8>> {
    (0..3000)
        .map(|number| match number % 3 {
            0 => plain(number),
            1 => newsletter(number),
            _ => file(number),
        })
        .collect()
}

fn header(number: usize, rest: &str) -> String {
    let received = "Received: from relay.example.org (relay.example.org [192.0.2.1])\r\n\tby mx.example.net \
        (Postfix) with ESMTPS id 4F1x2y3z\r\n\tfor <ann@example.net>; Mon,  2 Mar 2026 10:00:00 +0100 (CET)\r\n";
    format!(
        "{received}{received}From: Bob <bob{number}@example.org>\r\nTo: Ann <ann@example.net>\r\n\
         Subject: =?utf-8?q?News_=C3=BCber_{number}?=\r\nDate: Mon, 2 Mar 2026 10:00:00 +0100\r\n\
         Message-ID: <{number}@example.org>\r\nMIME-Version: 1.0\r\n{rest}\r\n"
    )
}

fn plain(number: usize) -> Vec<u8> {
    let body = "We have looked at the patch and it does what it says, mostly.\r\n> a line that was quoted\r\n\
        See http://lists.example.org/archive/2026 for more.\r\n\r\n".repeat(20);
    (header(number, "Content-Type: text/plain; charset=us-ascii\r\n") + &body).into_bytes()
}

fn newsletter(number: usize) -> Vec<u8> {
    let row = "<tr><td style=3D\"font-size:14px;color:#333333;padding:10px\" class=3D\"row\"><a =\r\n\
        href=3D\"https://news.example.org/a?b=3Dc\">Read on</a> about the things of this week</td></tr>\r\n";
    let rest =
        "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n";
    (header(number, rest) + "<html><body><table>" + &row.repeat(60) + "</table></body></html>")
        .into_bytes()
}

fn file(number: usize) -> Vec<u8> {
    let rest = "Content-Type: multipart/mixed; boundary=\"b1\"\r\n";
    let line = "JVBERi0xLjcKJcOkw7zDtsOfCjIgMCBvYmoKPDwvTGVuZ3RoIDMgMCBSL0ZpbHRlci9GbGF0ZURl\r\n";
    (header(number, rest)
        + "--b1\r\nContent-Type: text/plain\r\n\r\nThe invoice is attached.\r\n--b1\r\nContent-Type: application/pdf; \
           name=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + &line.repeat(400)
        + "--b1--\r\n")
        .into_bytes()
}
