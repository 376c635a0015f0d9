//! A small site for scenes: people with friends, a newsletter with readers, and four weeks of log.
#![allow(dead_code)] // each test program uses its part

use outfall_engine::{Engine, Envelope, Settings, Verdict};
use std::sync::Arc;

/// When scenes play, in seconds since 1970.
pub const NOW: f64 = 1_772_409_600.0;
/// Seconds of a day.
pub const DAY: f64 = 86_400.0;
/// The least that is allowed.
pub const MEMORY: usize = 40 << 20;

pub struct Site {
    pub engine: Engine,
}

impl Site {
    /// An engine that knows nothing.
    pub fn cold() -> Self {
        let settings = Settings { memory: MEMORY, key: [9; 16], ..Settings::default() };
        Site { engine: Engine::new(settings).expect("enough memory") }
    }

    /// An engine that has read four weeks of mail log.
    pub fn with_a_past() -> Self {
        let site = Site::cold();
        for day in 0..28 {
            let at = NOW - f64::from(28 - day) * DAY;
            for number in 0..40 {
                for friend in 0..3 {
                    let friend = format!("friend{number}-{friend}@far.test");
                    site.engine.recall(&person(number, &[&friend]), at);
                }
            }
            if day % 7 == 0 {
                (0..150).for_each(|reader| site.engine.recall(&newsletter(reader), at));
            }
        }
        site
    }

    pub fn scan(&self, raw: &[u8], envelope: &Envelope, minute: u32) -> Arc<Verdict> {
        self.engine.scan(raw, envelope, NOW + 30.0 * f64::from(minute))
    }

    /// An infected PC: no login, another forged sender each time, a stranger as recipient.
    pub fn bot_sends(&self, bot: u32, number: u32) -> Arc<Verdict> {
        let envelope = Envelope {
            client_ip: Some(format!("198.51.100.{bot}")),
            mail_from: Some(format!("made{number}@up{number}.test")),
            recipients: vec![format!("victim{number}@far{number}.test")],
            ..Envelope::default()
        };
        self.scan(&offer(number), &envelope, number)
    }

    pub fn newsletter_to(&self, reader: u32) -> Arc<Verdict> {
        let body = "this month the harbour club has new opening hours and a summer party for all";
        let raw = format!(
            "From: news@club.test\r\nSubject: News\r\nList-Unsubscribe: <mailto:leave@club.test>\r\n\r\n\
             Dear reader {reader}, {body}, see http://www.club.test/news for more.\r\n"
        );
        self.scan(raw.as_bytes(), &newsletter(reader), reader)
    }

    pub fn person_forwards_joke(&self, number: u32) -> Arc<Verdict> {
        let raw =
            b"Subject: Fwd: the joke\r\n\r\nA horse walks into a bar and the barman asks why \
            the long face, so the horse orders a drink and says http://video.test/watch?v=abc\r\n";
        let friend = format!("friend{number}-1@far.test");
        self.scan(raw, &person(number, &[&friend]), number)
    }

    /// A stolen password: the account's own name, a foreign network, strangers.
    pub fn thief_sends(&self, victim: u32, number: u32) -> Arc<Verdict> {
        let recipient = format!("stranger{number}@far{number}.test");
        let from_afar = Some("203.0.113.77".to_owned());
        let envelope = Envelope { client_ip: from_afar, ..person(victim, &[&recipient]) };
        self.scan(&offer(number), &envelope, number)
    }

    /// The account's owner, at home, writes to very many strangers.
    pub fn person_floods(&self, number: u32, copy: u32) -> Arc<Verdict> {
        let recipient = format!("stranger{copy}@far{copy}.test");
        self.scan(&offer(copy), &person(number, &[&recipient]), copy)
    }

    /// Our own mail server carries out a forwarding rule for spam that came from outside.
    pub fn host_forwards(&self, number: u32) -> Arc<Verdict> {
        let mut raw =
            b"Received: from mx.outside.test by mx.here.test; Mon, 2 Mar 2026 10:00:00 +0000\r\n\
            Delivered-To: fan@here.test\r\n"
                .to_vec();
        raw.extend(offer(number));
        let envelope = Envelope {
            client_ip: Some("127.0.0.1".into()),
            mail_from: Some(format!("SRS0=ab{number}=AB=outside.test=x@here.test")),
            recipients: vec!["fan@elsewhere.test".into()],
            ..Envelope::default()
        };
        self.scan(&raw, &envelope, number)
    }
}

/// An offer whose every copy differs a little.
pub fn offer(number: u32) -> Vec<u8> {
    let word = ["swift", "quiet", "golden", "brave"][number as usize % 4];
    format!(
        "From: somebody@example.test\r\nSubject: Offer {number}\r\n\r\nDear customer, our {word} pharmacy \
         sells every kind of pills without any prescription at the lowest prices on the whole market. \
         Order them today at http://shop{number}.pills-offer.test/buy?id={number} and save money.\r\n"
    )
    .into_bytes()
}

/// Somebody with a login, at home.
pub fn person(number: u32, recipients: &[&str]) -> Envelope {
    Envelope {
        account: Some(format!("person{number}@isp.test")),
        mail_from: Some(format!("person{number}@isp.test")),
        client_ip: Some(format!("192.0.2.{number}")),
        recipients: recipients.iter().map(|&one| one.to_owned()).collect(),
        ..Envelope::default()
    }
}

fn newsletter(reader: u32) -> Envelope {
    Envelope {
        account: Some("news@club.test".into()),
        mail_from: Some("news@club.test".into()),
        client_ip: Some("192.0.2.200".into()),
        recipients: vec![format!("reader{reader}@far.test")],
        ..Envelope::default()
    }
}
