"""
The values that travel through Outfall: plain, frozen, without behaviour that needs the world.

Main types: `Envelope` and the message's bytes go in; `Verdict` comes out, with `Evidence`
for why, `Sender` for who and `Alert` for thresholds crossed; `Decision` is what the MTA is told.
Times are seconds since 1970 in UTC, as float.  Scores are nats (natural-log units), positive
for abuse.  Not here: how any of them is found (the engine) or acted on (`decide`, `gate`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = [
    "Action",
    "Alert",
    "Attachment",
    "Category",
    "Channel",
    "Decision",
    "EngineCounts",
    "Envelope",
    "Evidence",
    "Examination",
    "Explanation",
    "Feedback",
    "Finding",
    "Link",
    "Reply",
    "Sender",
    "SenderKind",
    "Verdict",
]

# ------------------------------------------------------------------ what goes in


class Channel(StrEnum):
    """How a message was handed in, as the engine found or the listener said."""

    SUBMISSION = "submission"
    RELAY = "relay"
    WEBMAIL = "webmail"
    SCRIPT = "script"
    FORWARD = "forward"
    BOUNCE = "bounce"
    AUTO_REPLY = "auto-reply"
    LIST = "list"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class Envelope:
    """
    What the MTA knows beside the message.  All but the recipients may be missing.

    `mail_from` is "" for the null sender and None where unknown.  `account` is the SMTP login
    as authenticated by the MTA.  `local` says that the message was handed in on this host and
    not over SMTP (sendmail, PHP, cron).  `subscriber` and `tenant` are for whoever can look
    them up; `queue_id` only helps people to find the message in the MTA's log.
    """

    recipients: Sequence[str]
    mail_from: str | None = None
    client_ip: str | None = None
    account: str | None = None
    helo: str | None = None
    client_name: str | None = None
    local: bool = False
    subscriber: str | None = None
    tenant: str | None = None
    queue_id: str | None = None


class Feedback(StrEnum):
    """What was learnt of a message after its verdict."""

    DELIVERED = "delivered"
    FAILED = "failed"  # a permanent delivery failure: no such mailbox, refused as spam
    COMPLAINT = "complaint"  # a recipient pressed "this is spam"
    TRAP = "trap"  # it reached a spam trap
    RELEASE = "release"  # a person says: this was not spam
    CONFIRM = "confirm"  # a person says: this was spam


@dataclass(frozen=True, slots=True)
class Finding:
    """An outside scanner's word on a message: who says it, what, and which category it means."""

    scanner: str
    name: str
    category: Category


# ------------------------------------------------------------------ what was seen


@dataclass(frozen=True, slots=True)
class Link:
    """A link as found: `host` lower-case ASCII, `domain` registrable or None (an address)."""

    url: str
    host: str
    domain: str | None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message: name as shown, declared type, decoded size in bytes, SHA-256 in hex."""

    name: str
    content_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Examination:
    """
    A message parsed once and not yet judged: what outside scanners need to see.

    `core` belongs to the engine that made it and is what `Engine.judge` takes.
    """

    links: tuple[Link, ...]
    attachments: tuple[Attachment, ...]
    oddities: tuple[str, ...]
    core: object = field(repr=False, compare=False)


# ------------------------------------------------------------------ what comes out


class Category(StrEnum):
    """`clean` < `suspect` (only sampled) < `bulk` (slowed) < the three that convict."""

    CLEAN = "clean"
    SUSPECT = "suspect"
    BULK = "bulk"
    SPAM = "spam"
    PHISHING = "phishing"
    MALWARE = "malware"

    @property
    def convicts(self) -> bool:
        """Whether the message is called abuse, and not only looked at or slowed."""
        return self in (Category.SPAM, Category.PHISHING, Category.MALWARE)


class SenderKind(StrEnum):
    """The rungs of the identity ladder, best evidence first."""

    ACCOUNT = "account"
    SCRIPT = "script"
    HEADER = "header"
    SUBSCRIBER = "subscriber"
    IP = "ip"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who is accountable for a message.  `id` is "" where nothing is known at all."""

    kind: SenderKind
    id: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One named reason: how many nats it adds, and the facts in words."""

    name: str
    nats: float
    detail: str


@dataclass(frozen=True, slots=True)
class Alert:
    """A threshold that this very message made its sender cross."""

    sender: Sender
    level: str
    reason: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the engine says of one message; `reference` is what a report of an error quotes."""

    category: Category
    score: float
    evidence: tuple[Evidence, ...]
    sender: Sender
    alerts: tuple[Alert, ...]
    reference: str
    channel: Channel = Channel.RELAY


@dataclass(frozen=True, slots=True)
class Explanation:
    """A remembered verdict with the facts that a person asks for: see ``outfall explain``."""

    verdict: Verdict
    at: float
    patterns: tuple[str, ...]  # "links: 7 other senders, first seen 312 s before", strongest first
    reckoning: tuple[str, ...]  # what caps cut, where the lines are and why there, keys turned
    would_change: str  # what would have made the category another one, in a sentence


@dataclass(frozen=True, slots=True)
class EngineCounts:
    """The engine's own accounts since it began (or since its snapshot's did)."""

    messages: int
    recalled: int
    categories: Mapping[Category, int]
    memory_bytes: int  # what the ledger has set aside; never above the setting
    patterns: int
    senders: int
    forgotten: int  # records thrown out to make room


# ------------------------------------------------------------------ what the MTA is told


class Action(StrEnum):
    """What to do with a message; `throttle` is a 4xx, `reject` a 5xx, `hold` a quarantine."""

    ACCEPT = "accept"
    TAG = "tag"
    THROTTLE = "throttle"
    HOLD = "hold"
    REJECT = "reject"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Reply:
    """An SMTP reply: three-digit code, enhanced status (RFC 3463) and one line of text."""

    code: int
    enhanced: str
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """
    An action with all the MTA needs to carry it out.

    `add_headers` go on the message if it is let through or held; `reply` is set for throttle and
    reject, `quarantine_reason` for hold.  `verdict` is None where the engine gave none in time.
    """

    action: Action
    verdict: Verdict | None
    add_headers: tuple[tuple[str, str], ...] = ()
    reply: Reply | None = None
    quarantine_reason: str | None = None
