"""
Joins what an MTA says of one queue id over many lines into one past message.  No I/O.

Main types: `Fact` is what one line tells; `Join` collects facts by host and queue id and gives a
`PastMessage` once the MTA is done with it.

What holds: at most `MAX_OPEN` messages, `MAX_RECIPIENTS` recipients in each and `MAX_HELD` in all,
are held; the oldest message is given out with what is known of it to make room.  A message that a
content filter on the same host sends back under a new queue id is given once, with its first
origin.
Not here: the lines themselves.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from ...model import Envelope

__all__ = ["MAX_OPEN", "MAX_RECIPIENTS", "Fact", "Join", "PastMessage"]

# A busy node has some 10,000 messages in its queue; ten times that is a bad day, and at about
# 1 KiB each it stays near 100 MiB.
MAX_OPEN = 100_000

# Postfix takes 1,000 recipients a message by default (smtpd_recipient_limit), Sendmail and Exim
# are seldom set higher.  More than this adds nothing to the engine's picture of a sender.
MAX_RECIPIENTS = 1_000

# Recipients of all open messages together: ten each when the table is full.
MAX_HELD = 1_000_000

# RFC 5321 4.5.3.1.3 allows 256 octets for a path; what is several times longer is not an address
# or a login, and is not remembered.
MAX_NAME = 1_024


@dataclass(frozen=True, slots=True)
class PastMessage:
    """
    A message of the past as a mail log knows it: no content.

    `at` is when it was taken in (seconds since 1970).  `failed` are those of the recipients that
    could not be delivered to for good, as a `Feedback.FAILED` would say of each.
    """

    at: float
    envelope: Envelope
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """
    What one line tells of the message `queue_id`; what it does not tell is None or empty.

    `begins` marks the line that opens a message, `ends` the one after which nothing follows.
    `own` marks mail that the MTA made itself (a bounce), which no subscriber sent.
    `handed_to` is the queue id under which a filter on this host took `recipients` over.
    """

    queue_id: str
    begins: bool = False
    ends: bool = False
    own: bool = False
    mail_from: str | None = None
    client_ip: str | None = None
    client_name: str | None = None
    account: str | None = None
    helo: str | None = None
    local: bool = False
    count: int | None = None
    recipients: tuple[str, ...] = ()
    failed: bool = False
    handed_to: str | None = None


@dataclass(slots=True)
class _Open:
    at: float
    own: bool = False
    mail_from: str | None = None
    client_ip: str | None = None
    client_name: str | None = None
    account: str | None = None
    helo: str | None = None
    local: bool = False
    count: int | None = None
    outcomes: dict[str, bool] = field(default_factory=dict)  # recipient -> failed for good


class Join:
    """
    The open messages of one log, oldest first.

    `take` a fact and get the messages that it finished; `finish` gives the rest.
    """

    def __init__(self, max_open: int = MAX_OPEN, max_held: int = MAX_HELD) -> None:
        self.evicted = 0
        self._max_open, self._max_held = max_open, max_held
        self._held = 0  # recipients in all open messages
        self._open: OrderedDict[tuple[str, str], _Open] = OrderedDict()

    def take(self, host: str, at: float, fact: Fact) -> list[PastMessage]:
        """Add what one line of `host` told at `at`; return what is complete by it."""
        key, done = (host, fact.queue_id), []
        if fact.begins and self._is_reused(key):
            done += self._close(key)
        message = self._open.get(key)
        if message is None:
            done += self._make_room()
            message = self._open[key] = _Open(at)
        self._learn(message, fact)
        if fact.handed_to is not None:
            self._hand_over(message, (host, fact.handed_to), fact.recipients)
        if fact.ends or _is_complete(message, fact):
            done += self._close(key)
        return done

    def finish(self) -> list[PastMessage]:
        """Return what is still open, oldest first, with what is known of it."""
        return [past for key in list(self._open) for past in self._close(key)]

    def _is_reused(self, key: tuple[str, str]) -> bool:
        # Short queue ids come round again.  The opening line of a known id that has already been
        # delivered somewhere is a new message.
        message = self._open.get(key)
        return message is not None and bool(message.outcomes)

    def _make_room(self) -> list[PastMessage]:
        done = []
        while self._open and (len(self._open) >= self._max_open or self._held >= self._max_held):
            self.evicted += 1
            done += self._close(next(iter(self._open)))
        return done

    def _hand_over(self, message: _Open, to: tuple[str, str], recipients: tuple[str, ...]) -> None:
        # The filter's copy is the same message again: it keeps its recipients' fate and gets the
        # first one's origin.  If we never saw the copy, the first one stays as it is.
        copy = self._open.get(to)
        if copy is None or copy is message:
            return
        copy.at, copy.own = message.at, message.own
        copy.client_ip, copy.client_name = message.client_ip, message.client_name
        copy.account, copy.helo, copy.local = message.account, message.helo, message.local
        for recipient in recipients:
            self._held -= message.outcomes.pop(recipient, None) is not None

    def _learn(self, message: _Open, fact: Fact) -> None:
        # What was said first stays: no later line can move a message to another sender.
        for name in ("mail_from", "client_ip", "client_name", "account", "helo"):
            said = getattr(fact, name)
            if getattr(message, name) is None and said is not None and len(said) <= MAX_NAME:
                setattr(message, name, said)
        message.count = fact.count if message.count is None else message.count
        message.local |= fact.local
        message.own |= fact.own
        for recipient in fact.recipients:
            self._settle(message.outcomes, recipient, fact.failed)

    def _settle(self, outcomes: dict[str, bool], recipient: str, failed: bool) -> None:
        if recipient in outcomes:
            outcomes[recipient] |= failed
        elif len(outcomes) < MAX_RECIPIENTS and 0 < len(recipient) <= MAX_NAME:
            outcomes[recipient] = failed
            self._held += 1

    def _close(self, key: tuple[str, str]) -> list[PastMessage]:
        message = self._open.pop(key)
        self._held -= len(message.outcomes)
        if not message.outcomes or message.own or not _has_origin(message):
            return []
        envelope = Envelope(
            recipients=tuple(message.outcomes),
            mail_from=message.mail_from,
            client_ip=message.client_ip,
            account=message.account,
            helo=message.helo,
            client_name=message.client_name,
            local=message.local,
            queue_id=key[1],
        )
        failed = tuple(name for name, is_failed in message.outcomes.items() if is_failed)
        return [PastMessage(message.at, envelope, failed)]


def _has_origin(message: _Open) -> bool:
    # Without any of these the message says nothing of a sender: the log began in the middle of it,
    # or it is the MTA's own.
    return bool(message.client_ip or message.account or message.local or message.mail_from)


def _is_complete(message: _Open, fact: Fact) -> bool:
    # Only Sendmail tells a count without telling an end; see `sendmail`.
    return (
        message.count is not None
        and bool(fact.recipients)
        and len(message.outcomes) >= message.count
    )
