//! Attackers who aim at the engine itself: they send what innocents send, make friends of each other,
//! and try to make their own values common.
//!
//! What these scenes do not promise: four customers who write a value to each other on two days make
//! it common, and new accounts that behave for a week are taken for established ones.

mod site;

use outfall_engine::{Category, Envelope, Verdict};
use site::{DAY, NOW, Site};
use std::sync::Arc;

/// Half minutes of a day: the unit of time of these scenes.
const A_DAY: u32 = 2_880;

/// What a mailing is, as far as its sender goes.
#[derive(Clone, Copy, Debug)]
struct Mailing {
    account: &'static str,
    ip: &'static str,
    domain: &'static str,
    script: bool,
}

/// An old list, whose readers are in the log of the last four weeks.
const OLD_LIST: Mailing =
    Mailing { account: "news@club.test", ip: "192.0.2.200", domain: "club.test", script: false };

/// A list that began a week ago, with new readers each day.
const NEW_LIST: Mailing = Mailing {
    account: "hello@bakery.test",
    ip: "192.0.2.201",
    domain: "bakery.test",
    script: false,
};

/// A bank's notices, which a program sends to people who never got one before.
const BANK: Mailing =
    Mailing { account: "notices@bank.test", ip: "192.0.2.202", domain: "bank.test", script: true };

impl Mailing {
    /// The text and links that everybody in a scene sends.
    fn text(self, from: &str, reader: &str) -> String {
        let (domain, leave) = (
            self.domain,
            if self.script { "" } else { "List-Unsubscribe: <mailto:leave@x.test>\r\n" },
        );
        format!(
            "From: {from}\r\nSubject: News for you\r\n{leave}\r\nDear {reader}, this month there are new opening \
             hours and a summer party for all who come, please see http://www.{domain}/news/summer-party for \
             more, and write to us before the end of the month if you want to bring somebody along.\r\n"
        )
    }

    fn sends(self, site: &Site, reader: &str, at: u32) -> Arc<Verdict> {
        let envelope = Envelope {
            account: Some(self.account.into()),
            mail_from: Some(self.account.into()),
            client_ip: Some(self.ip.into()),
            recipients: vec![format!("{reader}@far.test")],
            ..Envelope::default()
        };
        site.scan(self.text(self.account, reader).as_bytes(), &envelope, at)
    }
}

/// A site with four weeks of log, in which the old list has readers and the bank its customers; the new
/// list wrote to twenty new readers on each of the last seven days.
fn site() -> Site {
    let site = Site::with_a_past();
    let recall = |mailing: Mailing, reader: String, days_ago: u32| {
        let envelope = Envelope {
            account: Some(mailing.account.into()),
            mail_from: Some(mailing.account.into()),
            client_ip: Some(mailing.ip.into()),
            recipients: vec![reader],
            ..Envelope::default()
        };
        site.engine.recall(&envelope, NOW - f64::from(days_ago) * DAY);
    };
    for day in (1..=28).rev() {
        (0..40).for_each(|one| recall(BANK, format!("customer{day}-{one}@far.test"), day));
    }
    for day in (1..=7).rev() {
        (0..20).for_each(|one| recall(NEW_LIST, format!("guest{day}-{one}@far.test"), day));
    }
    site
}

/// What colluding accounts are.
#[derive(Clone, Copy, Debug)]
enum Bad {
    /// Signed up today, each at home in its own network.
    SignedUp,
    /// Subscribers' own accounts, with strange logins.
    Stolen,
    /// Infected PCs with made-up senders.
    Bots,
}

/// One of many accounts sends the innocent text to a stranger.
fn colludes(
    site: &Site,
    mailing: Mailing,
    bad: Bad,
    one: u32,
    number: u32,
    at: u32,
) -> Arc<Verdict> {
    let victim = format!("victim{number}@far{number}.test");
    let abroad = Some(format!("203.0.113.{one}"));
    let envelope = match bad {
        Bad::SignedUp => Envelope {
            account: Some(format!("fresh{one}@isp.test")),
            mail_from: Some(format!("fresh{one}@isp.test")),
            client_ip: abroad,
            recipients: vec![victim],
            ..Envelope::default()
        },
        Bad::Stolen => Envelope { client_ip: abroad, ..site::person(one % 40, &[&victim]) },
        Bad::Bots => Envelope {
            client_ip: abroad,
            mail_from: Some(format!("made{number}@up{number}.test")),
            recipients: vec![victim],
            ..Envelope::default()
        },
    };
    let text = mailing.text(&format!("somebody{one}@example.test"), "friend");
    site.scan(text.as_bytes(), &envelope, at)
}

/// What became of a mailing's copies.
#[derive(Debug, Default, PartialEq)]
struct Fate {
    clean: usize,
    slowed: usize,
    convicted: usize,
    accused: usize,
}

impl Fate {
    fn of(copies: &[Arc<Verdict>]) -> Self {
        let count = |is: fn(Category) -> bool| copies.iter().filter(|one| is(one.category)).count();
        Fate {
            clean: count(|category| category <= Category::Suspect),
            slowed: count(|category| category == Category::Bulk),
            convicted: count(Category::convicts),
            accused: copies.iter().flat_map(|one| &one.alerts).count(),
        }
    }
}

/// Sends copies to readers of its own, the old list's to those who know it.
fn mail_out(site: &Site, mailing: Mailing, copies: std::ops::Range<u32>) -> Fate {
    let reader = |copy: u32| match mailing.account {
        "news@club.test" => format!("reader{copy}"),
        _ => format!("first-time{copy}"),
    };
    let copies: Vec<_> = copies.map(|copy| mailing.sends(site, &reader(copy), 60 + copy)).collect();
    Fate::of(&copies)
}

/// Three, ten or fifty accounts of any kind that send an innocent mailing's text and links to strangers
/// are themselves slowed or convicted; the mailing is not even slowed, before and after.
#[test]
fn collusion_does_not_touch_the_mailing() {
    for bad in [Bad::SignedUp, Bad::Stolen, Bad::Bots] {
        for accounts in [3, 10, 50] {
            for mailing in [OLD_LIST, NEW_LIST, BANK] {
                let site = site();
                let before = mail_out(&site, mailing, 0..20);
                let send =
                    |number| colludes(&site, mailing, bad, number % accounts, number, number / 2);
                let last = (0..120).map(send).last().expect("a hundred and twenty");
                let after = mail_out(&site, mailing, 20..60);

                let untouched = |clean| Fate { clean, ..Fate::default() };
                let scene = format!("{} {bad:?} {accounts}", mailing.account);
                assert!(last.category >= Category::Bulk, "{scene}: {last:?}");
                assert_eq!((untouched(20), untouched(40)), (before, after), "{scene}");
            }
        }
    }
}

/// On a day on which the bank writes to ten times as many people as ever, collusion slows its notices at
/// most, and convicts and accuses nobody; without collusion they pass.
#[test]
fn collusion_on_the_day_of_a_flood_slows_at_most() {
    let send = |collude: bool| {
        let site = site();
        (0..120).take_while(|_| collude).for_each(|number| {
            colludes(&site, BANK, Bad::SignedUp, number % 50, number, number / 2);
        });
        mail_out(&site, BANK, 0..500)
    };
    let (alone, colluded) = (send(false), send(true));

    assert_eq!(Fate { clean: 500, ..Fate::default() }, alone);
    assert_eq!((0, 0), (colluded.convicted, colluded.accused));
}

//------------ Values made common ---------------------------------------------

/// An account of a customer of its own, always at home.
fn sybil(one: u32, recipient: String) -> Envelope {
    Envelope {
        account: Some(address(one)),
        mail_from: Some(address(one)),
        client_ip: Some(format!("198.51.100.{one}")),
        recipients: vec![recipient],
        ..Envelope::default()
    }
}

fn address(one: u32) -> String {
    format!("sybil{one}@firm{one}.test")
}

fn stranger(number: u32) -> String {
    format!("victim{number}@far{number}.test")
}

/// Lets accounts write the offer to each other for some days, three letters a day each.
fn warmed(accounts: u32, days: u32) -> Site {
    let site = Site::with_a_past();
    for (day, one) in (0..days).flat_map(|day| (0..accounts).map(move |one| (day, one))) {
        for letter in one * 3..one * 3 + 3 {
            let to = sybil(one, address((one + 1) % accounts));
            site.scan(&site::offer(letter), &to, day * A_DAY + letter);
        }
    }
    site
}

/// Neither three customers in a week nor twelve in a day make their offer so common that bots who
/// send it are not slowed, and some of their copies convicted.
#[test]
fn few_customers_or_one_day_make_nothing_common() {
    for (accounts, days) in [(3, 7), (12, 1)] {
        let site = warmed(accounts, days);
        let send = |number| site.bot_sends(number % 12, days * A_DAY + number);
        let last: Vec<_> = (0..40).map(send).skip(20).collect();

        assert!(last.iter().all(|one| one.category >= Category::Bulk), "{accounts} in {days} days");
        assert!(Fate::of(&last).convicted > 0, "{accounts} in {days} days");
    }
}

/// Thirty new accounts who write their offer to each other are no acquaintances on their first day, and
/// all but a few of their copies to strangers are convicted.
#[test]
fn letters_to_each_other_are_no_first_day_alibi() {
    let site = warmed(30, 1);
    let send =
        |number| site.scan(&site::offer(number), &sybil(number % 30, stranger(number)), A_DAY);
    let copies: Vec<_> = (0..60).map(send).collect();

    assert!(Fate::of(&copies).convicted > 54);
}
