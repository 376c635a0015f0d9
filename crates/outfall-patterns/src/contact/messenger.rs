//! Names at messengers, where a conversation goes on unseen.
//!
//! # What it sees
//!
//! Links that open a chat (`t.me/name`, `wa.me/number`), `@name` near the messenger's word, and
//! what follows that word and a colon.
//!
//! # When it is wrong
//!
//! `Telegram: write to us` names nobody: behind a colon, a name has a digit or a sign in it.

use super::phone;
use outfall_message::Link;

/// What people call messengers, in lower case, and the one name of each.
const WORDS: [(&str, &str); 22] = [
    ("telegram", "telegram"),
    ("телеграм", "telegram"),
    ("телеграмм", "telegram"),
    ("телега", "telegram"),
    ("tg", "telegram"),
    ("skype", "skype"),
    ("скайп", "skype"),
    ("whatsapp", "whatsapp"),
    ("wechat", "wechat"),
    ("weixin", "wechat"),
    ("微信", "wechat"),
    ("qq", "qq"),
    ("icq", "icq"),
    ("kik", "kik"),
    ("viber", "viber"),
    ("signal", "signal"),
    ("snapchat", "snapchat"),
    ("instagram", "instagram"),
    ("discord", "discord"),
    ("threema", "threema"),
    ("jabber", "jabber"),
    ("session", "session"),
];

/// Hosts whose links open a chat, and the messenger.
const HOSTS: [(&str, &str); 12] = [
    ("t.me", "telegram"),
    ("telegram.me", "telegram"),
    ("telegram.dog", "telegram"),
    ("wa.me", "whatsapp"),
    ("api.whatsapp.com", "whatsapp"),
    ("chat.whatsapp.com", "whatsapp"),
    ("join.skype.com", "skype"),
    ("m.me", "messenger"),
    ("line.me", "line"),
    ("signal.me", "signal"),
    ("signal.group", "signal"),
    ("discord.gg", "discord"),
];

/// How far before an `@name` the messenger is named.
const NEAR: usize = 40;

/// The longest name; those of Telegram have 32 characters, invitations more.
const LONGEST_NAME: usize = 64;

/// The shortest name (Telegram: five; a number at QQ has as many digits).
const SHORTEST_NAME: usize = 5;

/// Tells whether a link opens a chat and not a page.
pub fn leads_to_messenger(link: &Link) -> bool {
    HOSTS.iter().any(|(host, _)| *host == link.host)
}

/// Returns who answers the chat that a link opens.
pub fn in_link(link: &Link) -> Option<String> {
    let (_, messenger) = HOSTS.iter().find(|(host, _)| *host == link.host)?;
    let (_, rest) =
        link.url.split_once(link.host.as_str()).or_else(|| link.url.split_once("//"))?;
    let path = rest.trim_start_matches('/').split('#').next()?;
    if *messenger == "whatsapp" {
        let digits = path.split_once("phone=").map_or(path, |(_, number)| number);
        let digits = digits.trim_start_matches("%2B").trim_start_matches(['+', ' ']);
        let end = digits.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(digits.len());
        if let Some(number) = phone::in_link(&digits[..end]) {
            return Some(number);
        }
    }
    let name = path.split('?').next()?.trim_end_matches('/');
    let name = name.strip_prefix("s/").unwrap_or(name);
    named(messenger, name)
}

/// Returns the name whose `@` is at `at`, if a messenger is named before it.
pub fn handle(text: &str, at: usize) -> Option<String> {
    let before = &text[text.ceil_char_boundary(at.saturating_sub(NEAR))..at];
    if before.ends_with(|sign: char| sign.is_ascii_alphanumeric() || ".-_".contains(sign)) {
        return None;
    }
    let name = leading_name(&text[at + 1..]);
    let before = before.to_lowercase();
    let messenger = before.rsplit(|sign: char| !sign.is_alphabetic()).find_map(called)?;
    if text[at + 1 + name.len()..].starts_with('@') { None } else { named(messenger, name) }
}

/// Returns the name behind the colon at `at`, if the word before it is a messenger's.
pub fn behind_colon(text: &str, at: usize) -> Option<String> {
    let before = &text[text.ceil_char_boundary(at.saturating_sub(LONGEST_WORD + 2))..at];
    if !before.ends_with(|sign: char| sign.is_alphabetic() || sign == ' ') {
        return None;
    }
    let before = before.trim_end().to_lowercase();
    let word = before.rsplit(|sign: char| !sign.is_alphabetic()).next()?;
    let word = word.strip_suffix("号").unwrap_or(word);
    let spaceless = || WORDS.iter().find(|(name, _)| !name.is_ascii() && word.ends_with(name));
    let messenger = called(word).or_else(|| Some(spaceless()?.1))?;
    let name = text[at + 1..].trim_start_matches(' ');
    let prefix = if name.starts_with("live:") { "live:".len() } else { 0 };
    let name = &name[..prefix + leading_name(&name[prefix..]).len()];
    let is_telling = |byte: u8| byte.is_ascii_digit() || byte == b'_' || byte == b':';
    if name.bytes().any(is_telling) { named(messenger, name) } else { None }
}

/// The longest of [`WORDS`], in bytes.
const LONGEST_WORD: usize = 18;

fn called(word: &str) -> Option<&'static str> {
    WORDS.iter().find(|(name, _)| *name == word).map(|(_, messenger)| *messenger)
}

/// Returns the name with which `text` begins, without what ends a sentence.
fn leading_name(text: &str) -> &str {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    let length = text.bytes().take(LONGEST_NAME).take_while(|byte| is_name(byte)).count();
    text[..length].trim_end_matches(['.', '-'])
}

fn named(messenger: &str, name: &str) -> Option<String> {
    let fits = (SHORTEST_NAME..=LONGEST_NAME).contains(&name.len());
    fits.then(|| format!("{messenger} {}", name.to_ascii_lowercase()))
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    fn link(url: &str) -> Option<String> {
        let message = outfall_message::examine(format!("\r\n{url}").as_bytes());
        in_link(message.links.first()?)
    }

    fn colon(text: &str) -> Option<String> {
        behind_colon(text, text.find(':')?)
    }

    fn at(text: &str) -> Option<String> {
        handle(text, text.find('@')?)
    }

    /// Links that open a chat name who answers it; a number is the number it is elsewhere.
    #[test]
    fn chats_are_links() {
        assert_eq!(Some("telegram annpays"), link("https://t.me/AnnPays").as_deref());
        assert_eq!(Some("telegram annpays"), link("http://telegram.me/s/annpays?x=1").as_deref());
        assert_eq!(Some("telegram +ab12cd34"), link("https://t.me/+ab12CD34").as_deref());
        assert_eq!(Some("phone 715550123"), link("https://wa.me/491715550123").as_deref());
        assert_eq!(
            Some("phone 715550123"),
            link("https://api.whatsapp.com/send?phone=%2B491715550123&text=hi").as_deref()
        );
        assert_eq!(
            Some("whatsapp ab12cd34"),
            link("https://chat.whatsapp.com/Ab12Cd34").as_deref()
        );
        assert_eq!(None, link("https://t.me/"));
        assert_eq!(None, link("https://shop.test/annpays"));
    }

    /// A name with its sign counts near the messenger's word.
    #[test]
    fn names_count_near_their_messenger() {
        assert_eq!(Some("telegram ann_pays"), at("Telegram @Ann_Pays.").as_deref());
        assert_eq!(Some("telegram ann_pays"), at("пишите в телеграм - @ann_pays").as_deref());
        assert_eq!(None, at("see @ann_pays"));
        assert_eq!(None, at("telegram ann@pays.test"));
        assert_eq!(None, at("telegram @ann"));
    }

    /// Behind a word and a colon a name counts if no word of prose could be it.
    #[test]
    fn names_stand_behind_colons() {
        assert_eq!(Some("skype live:ann.pays"), colon("Skype: live:ann.pays").as_deref());
        assert_eq!(Some("wechat ann2024"), colon("请加微信号:ann2024。").as_deref());
        assert_eq!(Some("qq 12345678"), colon("QQ:12345678").as_deref());
        assert_eq!(None, colon("Telegram: contact us"));
        assert_eq!(None, colon("note: ann_2024"));
        assert_eq!(None, colon("10:30"));
    }
}
