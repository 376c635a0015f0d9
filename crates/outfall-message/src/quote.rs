//! The lines with which mail programs open a quotation, in the languages they speak.
//!
//! Main function: [`opening`], asked of every line of own text.
//!
//! # What holds
//!
//! * Most lines are dismissed by a look at their last or first byte.
//! * A line counts only as a whole: a sentence that mentions such words opens nothing.
//!
//! # Not here
//!
//! `>` at the beginning of lines (`plain`), `blockquote` (`html`), and what follows from an opening
//! ([`crate::page`]).

use memchr::memchr;

/// How a quotation opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// All that follows is quoted.
    Rest,
    /// `On ... wrote:`; whether a quotation follows is yet to be seen.
    Reply,
    /// `On ... mentioned:`, a verb that is not in the table; only a marked quotation may follow.
    Announcement,
    /// `Sent: ...` of a header block; it opens if the line or two before it name an author.
    Sent,
}

/// Longer lines are prose.  A reply line holds a date, a name and an address.
const MAX_LINE: usize = 300;

/// The longest label of a header block in bytes, with room for marks around it.
const MAX_LABEL: usize = 24;

/// What stands between dashes, in lower case.
const DIVIDERS: [&str; 32] = [
    "original message",
    "forwarded message",
    "forwarded by",
    "original appointment",
    "ursprüngliche nachricht",
    "weitergeleitete nachricht",
    "original-nachricht",
    "message d'origine",
    "message original",
    "message transféré",
    "mensaje original",
    "mensaje reenviado",
    "messaggio originale",
    "messaggio inoltrato",
    "mensagem original",
    "mensagem encaminhada",
    "oorspronkelijk bericht",
    "doorgestuurd bericht",
    "ursprungligt meddelande",
    "vidarebefordrat meddelande",
    "oprindelig meddelelse",
    "videresendt meddelelse",
    "opprinnelig melding",
    "wiadomość oryginalna",
    "treść przekazanej wiadomości",
    "původní zpráva",
    "исходное сообщение",
    "пересылаемое сообщение",
    "orijinal mesaj",
    "原始邮件",
    "转发的邮件",
    "元のメッセージ",
];

/// Whole lines that open a forwarded message without dashes.
const FORWARDINGS: [&str; 8] = [
    "begin forwarded message:",
    "anfang der weitergeleiteten nachricht:",
    "début du message transféré :",
    "inicio del mensaje reenviado:",
    "inizio messaggio inoltrato:",
    "início da mensagem reencaminhada:",
    "begin doorgestuurd bericht:",
    "-------- forwarded message --------",
];

/// How reply lines end, before the colon, in lower case.
const REPLY_ENDINGS: [&str; 24] = [
    "wrote",
    "writes",
    "schrieb",
    "schrieb am",
    "a écrit",
    "a écrit",
    "escribió",
    "ha scritto",
    "scrisse",
    "escreveu",
    "schreef",
    "geschreven",
    "skrev",
    "napisał",
    "napisał(a)",
    "pisze",
    "napsal",
    "napsal(a)",
    "kirjoitti",
    "írta",
    "написал",
    "пишет",
    "şunu yazdı",
    "写道",
];

/// How they begin, in lower case.
const REPLY_BEGINNINGS: [&str; 16] = [
    "on ",
    "am ",
    "le ",
    "el ",
    "il ",
    "em ",
    "op ",
    "den ",
    "w dniu ",
    "dne ",
    "am:",
    "at ",
    "in article",
    "in message",
    "quoting ",
    "citando ",
];

/// The first line of a header block.
const AUTHORS: [&str; 12] =
    ["from", "von", "de", "da", "van", "från", "fra", "od", "от", "发件人", "差出人", "kimden"];

/// Its second or third line.
const SENT: [&str; 18] = [
    "sent",
    "date",
    "gesendet",
    "datum",
    "envoyé",
    "enviado",
    "enviada",
    "enviado el",
    "inviato",
    "data",
    "verzonden",
    "skickat",
    "sendt",
    "wysłano",
    "odesláno",
    "отправлено",
    "发送时间",
    "送信日時",
];

/// Tells whether `line`, without white space around it, opens a quotation.
pub(crate) fn opening(line: &str) -> Option<Opening> {
    let bytes = line.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else { return None };
    if line.len() > MAX_LINE {
        return None;
    }
    if first == b'-' || first == b'_' {
        return is_divider(line).then_some(Opening::Rest);
    }
    if last == b':' || line.ends_with('：') {
        return closing(line);
    }
    let (label, _) = label(line)?;
    SENT.contains(&label.to_lowercase().as_str()).then_some(Opening::Sent)
}

/// Tells whether a line is `From: ...` or its like.
pub(crate) fn names_author(line: &str) -> bool {
    label(line).is_some_and(|(label, _)| AUTHORS.contains(&label.to_lowercase().as_str()))
}

/// Tells whether a line begins as a reply line does.
pub(crate) fn begins_reply(line: &str) -> bool {
    let start = line[..line.floor_char_boundary(16)].to_lowercase();
    line.as_bytes().first().is_some_and(u8::is_ascii_digit)
        || REPLY_BEGINNINGS.iter().any(|beginning| start.starts_with(beginning))
}

/// Tells whether a reply line says so much that it is none by chance: a time or an address.
pub(crate) fn has_date(line: &str) -> bool {
    line.bytes().filter(u8::is_ascii_digit).count() >= 3 || line.contains('@')
}

/// Looks at a line that ends in a colon.
fn closing(line: &str) -> Option<Opening> {
    let lower = line.to_lowercase();
    if FORWARDINGS.contains(&lower.as_str()) {
        return Some(Opening::Rest);
    }
    let words = lower.trim_end_matches([':', '：', ' ', '\u{a0}']);
    let ends = |ending: &str| {
        words.strip_suffix(ending).is_some_and(|before| {
            before.is_empty() || !before.ends_with(|letter: char| letter.is_ascii_alphanumeric())
        })
    };
    let inside = |verb: &str| lower.split_whitespace().any(|word| word == verb);
    let is_dated = begins_reply(line) && has_date(line);
    if REPLY_ENDINGS.into_iter().any(ends) || (is_dated && REPLY_ENDINGS.into_iter().any(inside)) {
        return Some(Opening::Reply);
    }
    is_dated.then_some(Opening::Announcement)
}

/// Tells whether a line is a divider such as `-----Original Message-----`, or the rule of
/// underscores and header with which old Outlook parts its quotation.
fn is_divider(line: &str) -> bool {
    let words = line.trim_matches(['-', '_', ' ']);
    if words.is_empty() {
        return false;
    }
    let dashes = line.bytes().take_while(|byte| matches!(byte, b'-' | b'_')).count();
    let words = words.to_lowercase();
    dashes >= 2 && DIVIDERS.iter().any(|divider| words.starts_with(divider))
}

/// Returns the word before the first colon and what follows, if it is near the beginning.
fn label(line: &str) -> Option<(&str, &str)> {
    let near = &line.as_bytes()[..line.len().min(MAX_LABEL)];
    let at = match memchr(b':', near) {
        Some(at) => at,
        None if near.is_ascii() => return None,
        None => line[..line.floor_char_boundary(MAX_LABEL)].find('：')?,
    };
    Some((line[..at].trim_matches(['*', ' ', '\u{a0}']), &line[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines that mail programs write open a quotation.
    #[test]
    fn programs_lines_open() {
        for (line, want) in [
            ("-----Original Message-----", Opening::Rest),
            ("---------- Forwarded message ---------", Opening::Rest),
            ("-----Ursprüngliche Nachricht-----", Opening::Rest),
            ("________ Forwarded by Ann", Opening::Rest),
            ("Begin forwarded message:", Opening::Rest),
            ("On Mon, Mar 2, 2026 at 9:00 AM Bob <bob@example.org> wrote:", Opening::Reply),
            ("Am 02.03.26 um 09:00 schrieb Bob:", Opening::Reply),
            ("Le lun. 2 mars 2026 à 09:00, Bob <bob@example.org> a écrit :", Opening::Reply),
            ("Sent: Monday, March 2, 2026", Opening::Sent),
            ("Gesendet: Montag, 2. März 2026", Opening::Sent),
        ] {
            assert_eq!(Some(want), opening(line), "{line}");
        }
    }

    /// Prose opens nothing, whatever its words.
    #[test]
    fn prose_opens_nothing() {
        for line in [
            "",
            "-- ",
            "---",
            "- one item",
            "Here is the original message again",
            "Please note:",
            "The typewrote:",
            "Time: now",
            "wrote",
        ] {
            assert_eq!(None, opening(line), "{line}");
        }
    }
}
