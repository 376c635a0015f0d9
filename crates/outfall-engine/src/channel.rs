//! How a message was handed in, from what cannot easily be forged to gain by it.
//!
//! A channel explains recurrence: a bounce repeats the words of the mail server, a list repeats
//! one author, a forwarding rule repeats what came in.  Some channels soften a verdict, so each is
//! believed only where a liar could not profit: see the arms of [`classify`].

use crate::identity::{SenderKind, client};
use crate::{Envelope, Sender, Settings};
use outfall_message::{Head, Message};
use serde::{Deserialize, Serialize};

/// How a message was handed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channel {
    /// Over SMTP with a login.
    Submission,
    /// Over SMTP without one.
    #[default]
    Relay,
    /// Typed into the provider's webmail.
    Webmail,
    /// By a script on a web host.
    Script,
    /// Sent on by a subscriber's forwarding rule.
    Forward,
    /// A delivery report of a mail server.
    Bounce,
    /// A machine's answer to a message.
    AutoReply,
    /// From a mailing list or newsletter.
    List,
    /// An invitation, an answer to one, or its end: the words are the calendar program's.
    Calendar,
}

impl Channel {
    /// Returns the word of the contract.
    pub fn name(self) -> &'static str {
        match self {
            Channel::Submission => "submission",
            Channel::Relay => "relay",
            Channel::Webmail => "webmail",
            Channel::Script => "script",
            Channel::Forward => "forward",
            Channel::Bounce => "bounce",
            Channel::AutoReply => "auto-reply",
            Channel::List => "list",
            Channel::Calendar => "calendar",
        }
    }
}

/// Finds the channel of a message of `sender`.
pub fn classify(
    message: &Message,
    envelope: &Envelope,
    sender: &Sender,
    settings: &Settings,
) -> Channel {
    let head = &message.head;
    let ours = envelope.local || client(envelope).is_some_and(|ip| settings.is_shared(ip));
    let null_sender = envelope.mail_from.as_deref() == Some("");
    if ours && sender.kind == SenderKind::Ip && is_forwarded(head, envelope) {
        return Channel::Forward; // only our own hosts carry out forwarding rules
    }
    if null_sender && envelope.recipients.len() == 1 && is_report(message) {
        return Channel::Bounce; // a report goes to one address, the one that wrote
    }
    if envelope.recipients.len() == 1 && is_automatic(head) {
        return Channel::AutoReply; // an answer goes to one address
    }
    if sender.kind == SenderKind::Script {
        return Channel::Script;
    }
    if is_list(head) {
        return Channel::List;
    }
    if is_calendar(message) {
        return Channel::Calendar;
    }
    match sender.kind {
        SenderKind::Account if is_webmail(head) => Channel::Webmail,
        SenderKind::Account => Channel::Submission,
        _ => Channel::Relay,
    }
}

/// RFC 6047: an invitation is a part of its own.  The class takes weight from words alone; where the
/// invitation calls to is weighed as in any letter, so that nobody hides in it.
fn is_calendar(message: &Message) -> bool {
    message.tree.contains("text/calendar")
}

/// RFC 3834: what answers by itself says so.
fn is_automatic(head: &Head) -> bool {
    head.value("Auto-Submitted").is_some_and(|value| !value.eq_ignore_ascii_case("no"))
}

/// RFC 3464 reports, and the older kind that only names the mail server as its author.
fn is_report(message: &Message) -> bool {
    let daemon = |local: &str| matches!(local, "mailer-daemon" | "postmaster");
    let author = message.head.from.first().and_then(|from| from.address.split('@').next());
    message.tree.starts_with("multipart/report") || author.is_some_and(daemon)
}

/// RFC 2369 and 2919 headers, and the Precedence that lists used before them.
fn is_list(head: &Head) -> bool {
    let precedence = head.value("Precedence").unwrap_or_default();
    ["List-Id", "List-Post", "List-Unsubscribe"].iter().any(|name| head.has(name))
        || ["list", "bulk"].iter().any(|word| precedence.eq_ignore_ascii_case(word))
}

/// A sender rewritten for forwarding, or a Resent block beside the trace of a delivery.
fn is_forwarded(head: &Head, envelope: &Envelope) -> bool {
    let from = envelope.mail_from();
    let rewritten = from.get(..4).is_some_and(|begin| {
        begin.eq_ignore_ascii_case("SRS0") || begin.eq_ignore_ascii_case("SRS1")
    });
    let resent =
        head.has("Resent-From") || head.has("X-Forwarded-To") || head.has("X-Forwarded-For");
    head.has("Received") && (rewritten || resent && head.has("Delivered-To"))
}

/// Programs that name themselves; the list is short because only the word in reports hangs on it.
fn is_webmail(head: &Head) -> bool {
    let agent = head.value("User-Agent").or(head.value("X-Mailer")).unwrap_or_default();
    let known =
        ["Roundcube", "SOGoMail", "Horde", "Zimbra", "RainLoop", "SnappyMail", "SquirrelMail"];
    head.has("X-Originating-IP") || known.iter().any(|name| agent.contains(name))
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::identify;
    use outfall_message::Field;

    fn message(fields: &[(&str, &str)]) -> Message {
        let field =
            |&(name, value): &(&str, &str)| Field { name: name.into(), value: value.into() };
        let head = Head { fields: fields.iter().map(field).collect(), ..Head::default() };
        Message { head, ..Message::default() }
    }

    fn channel(fields: &[(&str, &str)], envelope: Envelope) -> Channel {
        let (message, settings) = (message(fields), Settings::default());
        let sender = identify(&envelope, &message.head, &settings);
        classify(&message, &envelope, &sender, &settings)
    }

    /// Invitations are a class of their own, whoever sends them, and lists that send them stay lists.
    #[test]
    fn invitations_are_calendar_mail() {
        let settings = Settings::default();
        let of = |fields: &[(&str, &str)], tree: &str| {
            let message = Message { tree: tree.into(), ..message(fields) };
            let envelope = from("192.0.2.1", "a@b.test");
            let sender = identify(&envelope, &message.head, &settings);
            classify(&message, &envelope, &sender, &settings)
        };
        let invitation = "multipart/alternative(text/plain,text/calendar)";

        assert_eq!(Channel::Calendar, of(&[], invitation));
        assert_eq!(Channel::List, of(&[("List-Id", "<a.b.test>")], invitation));
        assert_eq!(Channel::Relay, of(&[], "multipart/alternative(text/plain,text/html)"));
    }

    fn from(ip: &str, mail_from: &str) -> Envelope {
        Envelope {
            client_ip: Some(ip.into()),
            mail_from: Some(mail_from.into()),
            recipients: vec!["a@far.test".into()],
            ..Envelope::default()
        }
    }

    const RECEIVED: (&str, &str) = ("Received", "from mx.outside.test");

    /// Our own host forwards; a stranger who writes the same headers does not.
    #[test]
    fn only_our_hosts_forward() {
        let srs = "SRS0=x=AB=far.test=a@here.test";

        assert_eq!(Channel::Forward, channel(&[RECEIVED], from("127.0.0.1", srs)));
        assert_eq!(Channel::Relay, channel(&[RECEIVED], from("192.0.2.1", srs)));
        assert_eq!(Channel::Relay, channel(&[], from("127.0.0.1", srs)));
    }

    /// A report has a null sender and one recipient; a mailing that borrows its form does not.
    #[test]
    fn bounces_go_to_one() {
        let report = Message { tree: "multipart/report(text/plain)".into(), ..Message::default() };
        let settings = Settings::default();
        let of = |envelope: &Envelope| classify(&report, envelope, &Sender::default(), &settings);
        let many = Envelope {
            recipients: vec!["a@far.test".into(), "b@far.test".into()],
            ..from("192.0.2.1", "")
        };

        assert_eq!(Channel::Bounce, of(&from("192.0.2.1", "")));
        assert_eq!(Channel::Relay, of(&many));
        assert_eq!(Channel::Relay, of(&from("192.0.2.1", "a@b.test")));
    }

    /// Headers tell lists, webmail and automatic answers.
    #[test]
    fn headers_tell() {
        let login = Envelope { account: Some("alice".into()), ..from("192.0.2.1", "a@b.test") };

        assert_eq!(
            Channel::AutoReply,
            channel(&[("Auto-Submitted", "auto-replied")], login.clone())
        );
        assert_eq!(Channel::Submission, channel(&[("Auto-Submitted", "no")], login.clone()));
        assert_eq!(Channel::List, channel(&[("List-Id", "<a.b.test>")], login.clone()));
        assert_eq!(
            Channel::Webmail,
            channel(&[("User-Agent", "Roundcube Webmail/1.6")], login.clone())
        );
        let script = [("X-PHP-Originating-Script", "33:x.php")];
        assert_eq!(Channel::Script, channel(&script, from("127.0.0.1", "www@here.test")));
    }
    /// A Resent block counts as forwarding beside the trace of a delivery; a login forwards nothing,
    /// and the mail server's own host needs no address.
    #[test]
    fn forwarding_leaves_a_trace() {
        let delivered = ("Delivered-To", "fan@here.test");
        let resent = ("Resent-From", "fan@here.test");
        let from_here = || from("127.0.0.1", "x@far.test");
        let local = Envelope { local: true, client_ip: None, ..from_here() };
        let login = Envelope { account: Some("alice".into()), ..from_here() };

        assert_eq!(Channel::Forward, channel(&[RECEIVED, resent, delivered], from_here()));
        assert_eq!(Channel::Forward, channel(&[RECEIVED, resent, delivered], local));
        assert_eq!(Channel::Relay, channel(&[RECEIVED, resent], from_here()));
        assert_eq!(Channel::Submission, channel(&[RECEIVED, resent, delivered], login));
    }

    /// An answer goes to one; an older report names only the mail server as its author.
    #[test]
    fn answers_and_old_reports_go_to_one() {
        let many = |envelope: Envelope| Envelope {
            recipients: vec!["a@far.test".into(), "b@far.test".into()],
            ..envelope
        };
        let answer = [("Auto-Submitted", "auto-replied")];
        let report = outfall_message::examine(b"From: MAILER-DAEMON@here.test\r\n\r\nunknown user");
        let of = |envelope: &Envelope| {
            classify(&report, envelope, &Sender::default(), &Settings::default())
        };

        assert_eq!(Channel::AutoReply, channel(&answer, from("192.0.2.1", "a@b.test")));
        assert_eq!(Channel::Relay, channel(&answer, many(from("192.0.2.1", "a@b.test"))));
        assert_eq!(Channel::Bounce, of(&from("192.0.2.1", "")));
        assert_eq!(Channel::Relay, of(&many(from("192.0.2.1", ""))));
    }

    /// An old Precedence makes a list, and the browser's address makes webmail.
    #[test]
    fn older_headers_tell() {
        let login = || Envelope { account: Some("alice".into()), ..from("192.0.2.1", "a@b.test") };

        assert_eq!(Channel::List, channel(&[("Precedence", "Bulk")], login()));
        assert_eq!(Channel::Submission, channel(&[("Precedence", "first-class")], login()));
        assert_eq!(Channel::Webmail, channel(&[("X-Originating-IP", "[192.0.2.3]")], login()));
    }
}
