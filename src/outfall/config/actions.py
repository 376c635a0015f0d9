"""
``[actions]``: what follows from a verdict, and the words the MTA's client gets to read.

Main types: `ActionSettings`, with `CategoryActions` for the table and `ReplyText` for the words.
A reply text is checked here, when it is read, so that no message can make it wrong later.
Not here: how an action is carried out (`decide` for the values, the listeners for the bytes).
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from ..model import Action, Category
from .values import Duration, Section, shown

__all__ = [
    "MAX_REFERENCE",
    "ActionSettings",
    "CategoryActions",
    "Mode",
    "StampedHeaders",
    "fill_in",
    "reason_code",
]

# RFC 5321 section 4.5.3.1.5: a reply line has 512 octets with its code and CRLF.  "550 5.7.1 "
# and CRLF take 12; the rest is room for an MTA that writes the host or address in front.
MAX_REPLY = 400

# Longer than any reference the engine gives; the check of a text reckons with it.
MAX_REFERENCE = 40

PLACEHOLDERS = ("category", "code", "reference", "retry")

REJECT_TEXT = (
    "Message refused as {category} ({code}, reference {reference}): "
    "contact your provider's abuse desk and quote the reference"
)
THROTTLE_TEXT = (
    "Too much similar mail for now ({code}, reference {reference}): "
    "it may pass later, please retry in {retry}"
)


class Mode(StrEnum):
    """Whether verdicts have consequences."""

    MONITOR = "monitor"
    ENFORCE = "enforce"


class StampedHeaders(StrEnum):
    """What a message that passes says of its verdict."""

    ALL = "all"
    REFERENCE = "reference"
    NONE = "none"


def reason_code(category: Category) -> str:
    """The code in a reply text that an abuse desk can count, "OF-SPAM" and so on."""
    return f"OF-{category.upper()}"


def fill_in(text: str, *, category: str, code: str, reference: str, retry: str) -> str:
    """Put the facts of one message into a checked reply text."""
    facts = {"category": category, "code": code, "reference": reference, "retry": retry}
    return re.sub(r"\{([a-z]+)\}", lambda match: facts[match[1]], text)


def _check_reply_text(text: str) -> str:
    """Refuse what an SMTP client could not be told: RFC 5321 section 4.2, textstring."""
    odd = re.search(r"[^ -~]", text)
    if odd is not None:
        raise ValueError(f"{shown(odd[0])} cannot be in an SMTP reply: write plain ASCII, one line")
    if not text.strip():
        raise ValueError("the text is empty: say what happened and whom to ask")
    left = re.sub(r"\{(?:" + "|".join(PLACEHOLDERS) + r")\}", "", text)
    if "{" in left or "}" in left:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise ValueError(f"a brace stands for nothing: the placeholders are {known}")
    longest = fill_in(
        text,
        category=Category.PHISHING,
        code=reason_code(Category.PHISHING),
        reference="x" * MAX_REFERENCE,
        retry="x" * 10,
    )
    if len(longest) > MAX_REPLY:
        raise ValueError(
            f"filled in, the text may have {len(longest)} characters: keep it to {MAX_REPLY}"
        )
    return text


def _check_header_prefix(prefix: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,38}[A-Za-z0-9]", prefix, re.ASCII):
        raise ValueError(
            f"{shown(prefix)} cannot begin a header name: write 2 to 40 letters, digits and hyphens"
        )
    return prefix


ReplyText = Annotated[str, AfterValidator(_check_reply_text)]

Noticed = Literal[Action.ACCEPT, Action.TAG]
Slowed = Literal[Action.ACCEPT, Action.TAG, Action.THROTTLE, Action.HOLD]
Convicted = Literal[
    Action.ACCEPT, Action.TAG, Action.THROTTLE, Action.HOLD, Action.REJECT, Action.DISCARD
]


class CategoryActions(Section):
    """
    In enforce mode: what to do with each category.

    Clean mail always passes.  What is not convicted is never refused: for suspect accept or tag,
    for bulk also throttle (a 4xx) or hold (the MTA's quarantine).  A convicted message can be
    rejected (a 5xx) or discarded as well.  For mail handed in on the host itself, throttle and
    reject become hold: a reject would bounce to a sender address that may be forged.
    """

    suspect: Noticed = Field(
        default=Action.TAG, description="Odd, and only sampled: accept or tag."
    )
    bulk: Slowed = Field(
        default=Action.THROTTLE,
        description="Much alike and new: accept, tag, throttle or hold.",
    )
    spam: Convicted = Field(
        default=Action.REJECT,
        description="Convicted spam: accept, tag, throttle, hold, reject or discard.",
    )
    phishing: Convicted = Field(default=Action.REJECT, description="Convicted phishing: as spam.")
    malware: Convicted = Field(default=Action.REJECT, description="Convicted malware: as spam.")

    def of(self, category: Category) -> Action:
        """The action for a category; clean mail passes whatever is set."""
        return Action.ACCEPT if category is Category.CLEAN else getattr(self, category.value)


class ActionSettings(Section):
    """What follows from a verdict."""

    mode: Mode = Field(
        default=Mode.MONITOR,
        description='"monitor": every message passes; headers and log say what enforce would have '
        'done. "enforce": the table below holds.',
    )
    enforce: CategoryActions = Field(default=CategoryActions())
    reject_text: ReplyText = Field(
        default=REJECT_TEXT,
        description="What the client is told with a 550. {category}, {code}, {reference} and "
        "{retry} are filled in; plain ASCII.",
    )
    throttle_text: ReplyText = Field(
        default=THROTTLE_TEXT,
        description="What the client is told with a 451; filled in likewise.",
    )
    throttle_retry: Annotated[float, Duration(at_least=1, at_most=86400)] = Field(
        default=900.0,
        description="When a throttled client is asked to come back: only the {retry} in the text, "
        "MTAs keep their own schedule.",
    )
    headers: StampedHeaders = Field(
        default=StampedHeaders.ALL,
        description='What mail that passes carries: "all" (verdict and reference), "reference" '
        '(a spammer who mails himself learns nothing) or "none". Scores never leave.',
    )
    header_prefix: Annotated[str, AfterValidator(_check_header_prefix)] = Field(
        default="X-Outfall",
        description="How the names of those headers begin: X-Outfall-Verdict, X-Outfall-Reference. "
        "Copies that senders forge are removed.",
    )
