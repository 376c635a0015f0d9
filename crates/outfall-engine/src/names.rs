//! Keyed hashes under which the ledger knows a message's people and places.
//!
//! Main type: [`Names`].  What holds: no name is kept in clear, only its hash under the site's key.
//! Not here: what the ledger knows of them (`gather`), and who stands for many (`sharing`).

use crate::channel::{Channel, classify};
use crate::circumstances::greeting_form;
use crate::customer::{self, in_tenant};
use crate::envelope::{domain_of, folded};
use crate::ground::Networks;
use crate::identity::{client, identify};
use crate::settings::wide;
use crate::sharing::{self, Sharing};
use crate::{Envelope, Examined, Sender, SenderKind, Settings};
use outfall_ledger::{Ledger, Seconds, pair};
use outfall_message::Head;
use outfall_patterns::{Hasher, Pattern, mail_contact};

/// Keyed hashes of everybody and everything about a message that the ledger counts.
#[derive(Debug)]
pub struct Names {
    /// Who is accountable.
    pub sender: Sender,
    /// How it was handed in.
    pub channel: Channel,
    /// Whether the sender's name stands for many people, and why.
    pub sharing: Sharing,
    /// The sender; of a shared name, the part of it that is meant: see [`sharing::part`].
    pub sender_key: u64,
    /// What was there before the sender: the site of a script; the mailbox, in the same wide network, of
    /// an address.  A new script on an old site, an old customer on a new address are not new.
    pub elder_key: Option<u64>,
    /// The envelope sender, lower-cased; correspondents are remembered for it as well, because
    /// programs on shared hosts have nothing else.
    pub mail_from_key: Option<u64>,
    /// Whether MAIL FROM is more than a claim: by login, or from a mail server that is trusted with it.
    pub believes_mail_from: bool,
    /// The domain of the login, in lower case, or empty.
    pub login_domain: String,
    /// The same as the ledger knows it.
    pub login_domain_key: Option<u64>,
    /// The domain of the envelope sender.
    pub domain_key: Option<u64>,
    /// The domains that the message claims to come from, of MAIL FROM and of its author.
    pub claimed_domains: Vec<(String, u64)>,
    /// The client's address, as a sender of its own.
    pub address_key: Option<u64>,
    /// The networks from which an account logged in.
    pub networks: Networks,
    /// The form of the client's greeting.
    pub greeting: u64,
    /// The customer, or the best guess at one.
    pub tenant: u64,
    /// The customer as far as it is proven, from whom is learnt what recurs harmlessly.
    pub witness: u64,
    /// The login, if there is one.
    pub account_key: Option<u64>,
    /// The recipients, each once.
    pub recipients: Vec<u64>,
    /// The first recipients as a text would name them: a newsletter that says whom it goes to tells
    /// nobody where to answer.
    pub addressed: Vec<Pattern>,
}

/// More recipients of one message are not looked up one by one; the ledger's sketches need fewer.
const MOST_RECIPIENTS: usize = 1_000;

/// Recipients that a text may name; what goes to more is not addressed to one.
const MOST_ADDRESSED: usize = 4;

impl Names {
    /// Works out every name; `ledger` tells which addresses have shown themselves to be shared.
    pub fn new(
        examined: &Examined,
        envelope: &Envelope,
        settings: &Settings,
        hasher: &Hasher,
        ledger: &Ledger,
    ) -> Self {
        let head = &examined.message.head;
        let sender = identify(envelope, head, settings);
        let channel = classify(&examined.message, envelope, &sender, settings);
        Names::of(sender, channel, head, envelope, (settings, hasher, ledger))
    }

    /// The names of a line of a mail log, where there is no message.
    pub fn of_line(
        envelope: &Envelope,
        settings: &Settings,
        hasher: &Hasher,
        ledger: &Ledger,
    ) -> Self {
        let head = Head::default();
        let sender = identify(envelope, &head, settings);
        Names::of(sender, Channel::Relay, &head, envelope, (settings, hasher, ledger))
    }

    fn of(
        sender: Sender,
        channel: Channel,
        head: &Head,
        envelope: &Envelope,
        (settings, hasher, ledger): (&Settings, &Hasher, &Ledger),
    ) -> Self {
        let name = |kind: &str, id: &str| named(hasher, kind, id);
        let ip = client(envelope);
        let address_key = ip.map(|ip| name("ip", &ip.to_string()));
        let sharing = Sharing::of(ip, address_key, settings, ledger);
        let domain = envelope.mail_from_domain();
        let mail_from = folded(envelope.mail_from());
        let login_domain = domain_of(&sender.id).into_owned();
        let login_domain_key =
            (!login_domain.is_empty()).then(|| name("login domain", &login_domain));
        let is_providers = sharing::is_of_provider(login_domain_key, ledger);
        let tenant =
            name("tenant", &customer::tenant(envelope, &sender, &login_domain, is_providers));
        let proven =
            sender.kind != SenderKind::Ip || sharing == Sharing::Host || envelope.tenant.is_some();
        let list = if channel == Channel::List { head.value("List-Id") } else { None };
        let networks = match sender.kind {
            SenderKind::Account => Networks::of(ip, head, sharing, (settings, hasher, ledger)),
            _ => Networks::default(),
        };
        let by_address = sender.kind == SenderKind::Ip;
        let sharing = if by_address { sharing } else { Sharing::No };
        let id = sharing::part(sharing, &sender, list.unwrap_or_default(), &mail_from, &domain);
        let elder_key = match (sender.kind, ip) {
            (SenderKind::Script, ip) => {
                let host = ip.map_or(sharing::LOCAL.to_owned(), |ip| ip.to_string());
                Some(name("ip", &format!("{host}\0{mail_from}")))
            }
            (SenderKind::Ip, Some(ip)) if sharing == Sharing::No && !mail_from.is_empty() => {
                Some(name("mailbox", &format!("{:x}\0{mail_from}", wide(ip))))
            }
            _ => None,
        };
        let addressed = envelope.recipients.iter().take(MOST_ADDRESSED);
        Names {
            sender_key: name(sender.kind.name(), &id),
            elder_key,
            mail_from_key: (!mail_from.is_empty()).then(|| name("mail from", &mail_from)),
            believes_mail_from: proven || sharing == Sharing::Relay,
            domain_key: (!domain.is_empty()).then(|| name("domain", &domain)),
            claimed_domains: claimed_domains(&domain, head, hasher),
            address_key,
            networks,
            greeting: name(
                "greeting",
                &greeting_form(envelope.helo.as_deref().unwrap_or_default()),
            ),
            tenant,
            witness: address_key.filter(|_| !proven).unwrap_or(tenant),
            account_key: (sender.kind == SenderKind::Account).then(|| name("login", &sender.id)),
            recipients: recipients(envelope, hasher),
            addressed: addressed.map(|address| mail_contact(&folded(address), hasher)).collect(),
            login_domain,
            login_domain_key,
            sender,
            channel,
            sharing,
        }
    }

    /// Tells whether the sender's name stands for many people.
    pub fn is_shared(&self) -> bool {
        self.sharing != Sharing::No
    }

    /// Returns the name of a pattern as this tenant uses it: a firm's footer is common there and
    /// nowhere else.
    pub fn in_tenant(&self, pattern: u64) -> u64 {
        in_tenant(pattern, self.witness)
    }

    /// Returns what tells one delivery from another: sender, message and recipients.
    pub fn delivery(&self, hasher: &Hasher, examined: &Examined) -> u64 {
        let message = &examined.message;
        let texts = [message.head.message_id.as_bytes(), message.head.subject.as_bytes()];
        let numbers = [self.sender_key, message.size as u64];
        let numbers: Vec<[u8; 8]> =
            numbers.iter().chain(&self.recipients).map(|number| number.to_le_bytes()).collect();
        hasher.hash_parts(texts.into_iter().chain([numbers.as_flattened()]))
    }

    /// Yields the domains that are the sender's own: of its login, and those under which it, or its
    /// site, has written while nothing was odd.  What a message claims proves nothing.
    pub fn own_domains<'n>(
        &'n self,
        ledger: &'n Ledger,
        now: Seconds,
    ) -> impl Iterator<Item = &'n str> {
        let proven = move |&&(_, key): &&(String, u64)| {
            self.owners().any(|owner| ledger.pairs.knows(pair(owner, key), now))
        };
        let claimed = self.claimed_domains.iter().filter(proven);
        let login = Some(self.login_domain.as_str()).filter(|login| !login.is_empty());
        claimed.map(|(domain, _)| domain.as_str()).chain(login)
    }

    /// Remembers the domains under which the sender writes.
    pub fn remember_domains(&self, ledger: &mut Ledger, now: Seconds) {
        for owner in self.owners() {
            for &(_, key) in &self.claimed_domains {
                ledger.pairs.learn(pair(owner, key), now);
            }
        }
    }

    fn owners(&self) -> impl Iterator<Item = u64> {
        [Some(self.sender_key), self.elder_key].into_iter().flatten()
    }

    /// Counts recipients never written to before.
    pub fn strangers(&self, ledger: &Ledger, now: Seconds) -> u32 {
        self.recipients.iter().filter(|one| !self.knows(ledger, **one, now)).count() as u32
    }

    /// Tells whether the sender, or whoever uses this envelope sender, wrote to `recipient`.  An infected
    /// PC knows who wrote to whom, so the second counts only where MAIL FROM is believed.
    pub fn knows(&self, ledger: &Ledger, recipient: u64, now: Seconds) -> bool {
        let claimed = self.mail_from_key.filter(|_| self.believes_mail_from);
        let writers = [Some(self.sender_key), claimed];
        writers.into_iter().flatten().any(|writer| ledger.pairs.knows(pair(writer, recipient), now))
    }
}

/// Returns the keyed hash of a name of some kind.
pub fn named(hasher: &Hasher, kind: &str, id: &str) -> u64 {
    hasher.hash_parts([kind.as_bytes(), b"\0".as_slice(), id.as_bytes()])
}

fn claimed_domains(mail_from: &str, head: &Head, hasher: &Hasher) -> Vec<(String, u64)> {
    let author = head.from.first().map(|from| domain_of(&from.address)).unwrap_or_default();
    let mut domains = vec![mail_from, author.as_ref()];
    domains.dedup();
    let named = |domain: &str| (domain.to_owned(), named(hasher, "own domain", domain));
    domains.into_iter().filter(|domain| !domain.is_empty()).map(named).collect()
}

fn recipients(envelope: &Envelope, hasher: &Hasher) -> Vec<u64> {
    let recipients = envelope.recipients.iter().take(MOST_RECIPIENTS);
    let mut keys: Vec<u64> =
        recipients.map(|address| named(hasher, "recipient", &folded(address))).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

//============ Testing ========================================================

#[cfg(test)]
mod tests;
