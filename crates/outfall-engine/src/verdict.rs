//! What the engine says of one message.

use crate::evidence::Evidence;
use crate::score::Category;
use crate::{Channel, Sender};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The verdict on one message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What it is called.
    pub category: Category,
    /// The sum of all evidence after caps, in nats.
    pub score: f32,
    /// Every reason, weightiest first.
    pub evidence: Vec<Evidence>,
    /// Who is accountable.
    pub sender: Sender,
    /// Thresholds that this very message made its sender cross.
    pub alerts: Vec<Alert>,
    /// What a report quotes.
    pub reference: String,
    /// How it was handed in.
    pub channel: Channel,
}

/// A threshold that a sender crossed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// `accused`: a person should act on the sender.
    pub level: Cow<'static, str>,
    /// Why, in a sentence.
    pub reason: String,
    /// Figures of the last day: messages, recipients, slowed, convicted.
    pub counts: Vec<(Cow<'static, str>, u64)>,
}

/// An outside scanner's word.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Who says it.
    pub scanner: String,
    /// What it is called there.
    pub name: String,
    /// What it means here.
    pub category: Category,
}

/// What was learnt of a message after its verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feedback {
    /// A recipient's server took it.
    Delivered,
    /// A permanent failure.
    Failed,
    /// A recipient complained.
    Complaint,
    /// It reached a spam trap.
    Trap,
    /// A person says: not spam.
    Release,
    /// A person says: spam.
    Confirm,
}

impl Feedback {
    /// All of them; the position is the number used outside.
    pub const ALL: [Feedback; 6] = [
        Feedback::Delivered,
        Feedback::Failed,
        Feedback::Complaint,
        Feedback::Trap,
        Feedback::Release,
        Feedback::Confirm,
    ];
}
