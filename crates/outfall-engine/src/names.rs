//! Keyed hashes under which the ledger knows a message's people and places.
//!
//! Main type: [`Names`].  What holds: no name is kept in clear, only its hash under the site's key.
//! Not here: what the ledger knows of them (`gather`).

use crate::channel::{Channel, classify};
use crate::envelope::domain_of;
use crate::identity::{client, identify};
use crate::settings::prefix;
use crate::{Envelope, Examined, Sender, SenderKind, Settings};
use outfall_ledger::{Ledger, Seconds, pair};
use outfall_patterns::Hasher;
use std::net::IpAddr;

/// Keyed hashes of everybody and everything about a message that the ledger counts.
#[derive(Debug)]
pub struct Names {
    /// Who is accountable.
    pub sender: Sender,
    /// How it was handed in.
    pub channel: Channel,
    /// Whether the sender's name stands for many people.
    pub shared: bool,
    /// The sender; of a shared name, the part of it that uses this envelope sender's domain.
    pub sender_key: u64,
    /// The envelope sender, lower-cased; correspondents are remembered for it as well, because
    /// programs on shared hosts have nothing else.
    pub mail_from_key: Option<u64>,
    /// The domain of the login, in lower case, or empty.
    pub login_domain: String,
    /// The same as the ledger knows it.
    pub login_domain_key: Option<u64>,
    /// The domain of the envelope sender.
    pub domain_key: Option<u64>,
    /// The client's address, as a sender of its own.
    pub address_key: Option<u64>,
    /// The network from which an account logged in.
    pub place: Option<u64>,
    /// The customer, or the best guess at one.
    pub tenant: u64,
    /// The login, if there is one.
    pub account_key: Option<u64>,
    /// The recipients, each once.
    pub recipients: Vec<u64>,
}

/// More recipients of one message are not looked up one by one; the ledger's sketches need fewer.
const MOST_RECIPIENTS: usize = 1_000;

impl Names {
    /// Works out every name; `ledger` tells which addresses have shown themselves to be shared.
    pub fn new(
        examined: &Examined,
        envelope: &Envelope,
        settings: &Settings,
        hasher: &Hasher,
        ledger: &Ledger,
    ) -> Self {
        let sender = identify(envelope, &examined.message.head, settings);
        let channel = classify(&examined.message, envelope, &sender, settings);
        Names::of(sender, channel, envelope, settings, hasher, ledger)
    }

    /// The same where there is no message, as for a line of a mail log.
    pub fn of(
        sender: Sender,
        channel: Channel,
        envelope: &Envelope,
        settings: &Settings,
        hasher: &Hasher,
        ledger: &Ledger,
    ) -> Self {
        let ip = client(envelope);
        let name = |kind: &str, id: &str| hasher.hash(format!("{kind}\0{id}").as_bytes());
        let address_key = ip.map(|ip| name("ip", &ip.to_string()));
        let by_address = sender.kind == SenderKind::Ip;
        let shared = by_address
            && (ip.is_none_or(|ip| settings.is_shared(ip))
                || has_accounts(address_key, ACCOUNTS_OF_A_SHARED_ADDRESS, ledger));
        let domain = envelope.mail_from_domain();
        let id = if shared { format!("{}\0{domain}", sender.id) } else { sender.id.clone() };
        let mail_from = envelope.mail_from().to_lowercase();
        let login_domain = domain_of(&sender.id);
        let login_domain_key =
            (!login_domain.is_empty()).then(|| name("login domain", &login_domain));
        let is_providers = has_accounts(login_domain_key, ACCOUNTS_OF_A_PROVIDER, ledger);
        let mut recipients: Vec<u64> = envelope
            .recipients
            .iter()
            .take(MOST_RECIPIENTS)
            .map(|address| name("recipient", &address.to_lowercase()))
            .collect();
        recipients.sort_unstable();
        recipients.dedup();
        Names {
            login_domain,
            login_domain_key,
            sender_key: name(sender.kind.name(), &id),
            mail_from_key: (!mail_from.is_empty()).then(|| name("mail from", &mail_from)),
            domain_key: (!domain.is_empty()).then(|| name("domain", &domain)),
            address_key,
            place: place(ip, &sender, settings).map(|place| hasher.hash(&place.to_be_bytes())),
            account_key: (sender.kind == SenderKind::Account).then(|| name("login", &sender.id)),
            tenant: name("tenant", &tenant(envelope, &sender, &domain, is_providers)),
            recipients,
            sender,
            channel,
            shared,
        }
    }

    /// Returns the name of a pattern as this tenant uses it: a firm's footer is common there and
    /// nowhere else.
    pub fn in_tenant(&self, pattern: u64) -> u64 {
        pattern ^ self.tenant.rotate_left(1)
    }

    /// Returns what tells one delivery from another: sender, message and recipients.
    pub fn delivery(&self, hasher: &Hasher, examined: &Examined) -> u64 {
        let message = &examined.message;
        let mut bytes = message.head.message_id.clone().into_bytes();
        bytes.extend(message.head.subject.as_bytes());
        let numbers = [self.sender_key, message.size as u64];
        for number in numbers.iter().chain(&self.recipients) {
            bytes.extend(number.to_le_bytes());
        }
        hasher.hash(&bytes)
    }

    /// Counts recipients never written to before.
    pub fn strangers(&self, ledger: &Ledger, now: Seconds) -> u32 {
        self.recipients.iter().filter(|one| !self.knows(ledger, **one, now)).count() as u32
    }

    /// Tells whether the sender, or whoever uses this envelope sender, wrote to `recipient`.
    fn knows(&self, ledger: &Ledger, recipient: u64, now: Seconds) -> bool {
        let writers = [Some(self.sender_key), self.mail_from_key];
        writers.into_iter().flatten().any(|writer| ledger.pairs.knows(pair(writer, recipient), now))
    }
}

/// The network of a login: a /24 or a /48.  Shared hosts such as the webmail server are no place.
fn place(ip: Option<IpAddr>, sender: &Sender, settings: &Settings) -> Option<u128> {
    let ip = ip.filter(|ip| sender.kind == SenderKind::Account && !settings.is_shared(*ip))?;
    Some(prefix(ip, if ip.is_ipv4() { 24 } else { 48 }))
}

/// The customer as the mail server names it; or the domain of the login or the envelope sender, unless
/// so many log in under it that it must be the provider's own: there everybody is a customer.
fn tenant(
    envelope: &Envelope,
    sender: &Sender,
    mail_from_domain: &str,
    is_providers: bool,
) -> String {
    if let Some(tenant) = &envelope.tenant {
        return tenant.clone();
    }
    let login = domain_of(&sender.id);
    let best = if login.is_empty() { mail_from_domain } else { &login };
    if best.is_empty() || is_providers { sender.id.clone() } else { best.to_owned() }
}

/// Tells whether `least` different logins were seen on an address or under a domain.
fn has_accounts(name: Option<u64>, least: f32, ledger: &Ledger) -> bool {
    let record = name.and_then(|key| ledger.senders.find(key));
    record.is_some_and(|record| record.accounts() >= least)
}

/// An address on which so many logins were seen stands for many people.
const ACCOUNTS_OF_A_SHARED_ADDRESS: f32 = 5.0;

/// A domain under which so many log in is the provider's own and no customer: firms of that size have
/// mail servers of their own.
const ACCOUNTS_OF_A_PROVIDER: f32 = 100.0;
