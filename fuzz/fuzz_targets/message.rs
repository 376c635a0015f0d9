//! Any bytes are a message: never a panic, never more of anything than the limits say, and the
//! same again the second time.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outfall_message::{Message, Oddity, examine, limits};

fuzz_target!(|input: &[u8]| {
    let message = examine(input);
    assert!(!message.oddities.contains(Oddity::Unreadable));
    assert!(depth(&message) <= limits::MAX_NESTED + 1);
    assert!(links(&message) <= limits::MAX_LINKS);
    assert!(message.tags.len() <= limits::MAX_TAGS);
    assert_eq!(message, examine(input));
});

fn depth(message: &Message) -> usize {
    1 + message.nested.iter().map(depth).max().unwrap_or(0)
}

fn links(message: &Message) -> usize {
    message.links.len() + message.nested.iter().map(links).sum::<usize>()
}
