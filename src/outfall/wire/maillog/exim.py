"""
Exim: lines of its main log as facts.  No I/O.

    <=  ID <= sender H=(helo) [ip]:port P=esmtpsa A=login:user S=1 T="..." for a@b c@d
    =>  ID => address <original> R=router T=transport ...     a delivery; also -> and >>
    **  ID ** address <original> R=router ...: why             failed for good
    ==  ID == address ... defer                                will be tried again
    Completed                                                  ends it

Source: the Exim specification, chapter "Log files".  Fields in quotes come from outside and may
hold anything, so a line is cut into words with its quotes respected before a field is believed.
"""

from __future__ import annotations

import re

from .join import Fact

__all__ = ["read"]

# Ids had 6-6-2 characters up to 4.96 and have 6-11-4 since 4.97.
ENTRY = re.compile(
    r"(?P<id>\w{6}-\w{6,11}-\w{2,4}) "
    r"(?P<flag><=|=>|->|>>|\*>|\*\*|==|Completed)(?: (?P<rest>.*))?$",
    re.ASCII | re.DOTALL,
)
# A quote that nobody closes runs to the end of the line.
WORD = re.compile(r'(?:[^\s"]+|"(?:[^"\\]|\\.)*(?:"|\\?$))+')
ADDRESS_LITERAL = re.compile(r"\[(?P<ip>[0-9A-Fa-f.:]{2,45})\](?::\d+)?$")
ORIGINAL = re.compile(r"<(?P<address>[^<>\s]*)>$")


def read(program: str, process: str, text: str) -> Fact | None:
    """Return what a line of Exim tells, or None if it tells nothing of a message."""
    entry = ENTRY.match(text)
    if entry is None:
        return None
    if entry["flag"] == "Completed":
        return Fact(entry["id"], ends=True)
    words = WORD.findall(entry["rest"] or "")
    if not words:
        return None
    if entry["flag"] == "<=":
        return _arrival(entry["id"], words)
    return _delivery(entry["id"], entry["flag"], words)


def _arrival(queue_id: str, words: list[str]) -> Fact:
    fields, recipients = _fields(words[1:])
    helo, client_ip, client_name = _host(words)
    local = fields.get("P", "").startswith("local")
    sender = "" if words[0] == "<>" else words[0]
    return Fact(
        queue_id,
        begins=True,
        own=not sender and "R" in fields,  # R= on an arrival names the message that this bounces
        mail_from=sender,
        client_ip=client_ip,
        client_name=client_name,
        account=fields["A"].partition(":")[2] or None if "A" in fields else None,
        helo=helo,
        local=local,
        recipients=tuple(recipients),
    )


def _fields(words: list[str]) -> tuple[dict[str, str], list[str]]:
    # What the MTA itself knows stands before the size; after it come the Message-ID and the
    # subject, which the sender chose.  After the last bare "for" only recipients follow.
    fields: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if name == "S" and equals:
            break
        if equals:
            fields.setdefault(name, value)
    last = max((number for number, word in enumerate(words) if word == "for"), default=len(words))
    return fields, words[last + 1 :]


def _host(words: list[str]) -> tuple[str | None, str | None, str | None]:
    # H=name (helo) [ip], H=(helo) [ip], H=name [ip] or H=[ip]: words up to the address.
    start = next((n for n, word in enumerate(words) if word.startswith("H=")), None)
    if start is None:
        return None, None, None
    helo = name = None
    for word in [words[start][2:], *words[start + 1 : start + 3]]:
        if match := ADDRESS_LITERAL.match(word):
            return helo, match["ip"], name
        if word.startswith("(") and word.endswith(")"):
            helo = word[1:-1]
        else:
            name = word
    return None, None, None


def _delivery(queue_id: str, flag: str, words: list[str]) -> Fact | None:
    # "=> alice <alice@example.org> R=...": what stands in brackets is how it was addressed.
    if flag == "*>":
        return None  # -N or a test: nothing was sent
    address = words[0].rstrip(":")
    original = ORIGINAL.match(words[1].rstrip(":")) if len(words) > 1 else None
    recipient = original["address"] if original else address
    return Fact(queue_id, recipients=(recipient,) if recipient else (), failed=flag == "**")
