"""
Postfix: its log lines as facts.  No I/O.

    smtpd    ID: client=name[ip], sasl_method=PLAIN, sasl_username=alice   opens a message
    pickup   ID: uid=33 from=<www-data>                                    opens a local one
    qmgr     ID: from=<a@b>, size=1, nrcpt=1 (queue active)
    smtp, lmtp, local, virtual, pipe, error   ID: to=<c@d>, ..., status=sent (...)
    qmgr     ID: removed                                                   ends it

Source: lines of Postfix 3.7 recorded in vectors/maillog, and its manual pages smtpd(8), qmgr(8).
The part of the program name before the last slash is an instance or a service of the same queue
(`-o syslog_name=postfix/submission`), so queue ids are joined without it.
Not here: NOQUEUE lines, which tell of mail that was never taken.
"""

from __future__ import annotations

import re

from .join import Fact

__all__ = ["read"]

# Short ids are hexadecimal, long ones (enable_long_queue_ids) base 52 without vowels.
QUEUE_ID = re.compile(r"(?P<id>[0-9A-Za-z]{6,24}): (?P<rest>.*)", re.DOTALL)
CLIENT = re.compile(
    r"client=(?P<name>[^\[\],]{1,255})\[(?P<ip>[^\]]{1,64})\](?::\d+)?(?P<more>(?:, .*)?)$"
)
FORWARDED = re.compile(r", orig_client=(?P<name>[^\[\],]{1,255})\[(?P<ip>[^\]]{1,64})\]")
LOGIN = re.compile(r", sasl_username=(?P<login>.+?)(?:, sasl_sender=.*)?$")
FROM = re.compile(r"from=<(?P<sender>.*)>, size=\d+, nrcpt=\d+ \(")
LOCAL = re.compile(r"uid=\d+ from=<(?P<sender>.*)>$")
OUTCOME = re.compile(
    r"to=<(?P<to>.*?)>, (?:orig_to=<(?P<original>[^>]*)>, )?relay=(?P<relay>\S+), "
)
STATUS = re.compile(r", status=(?P<status>[a-z]+)(?P<why>.*)")
QUEUED_AS = re.compile(r"queued as (?P<id>[0-9A-Za-z]{6,24})\b")

LOOPBACK = re.compile(r"\S*\[(?:127\.\d+\.\d+\.\d+|::1)\]")


def read(program: str, process: str, text: str) -> Fact | None:
    """Return what a line of Postfix tells, or None if it tells nothing of a message."""
    match = QUEUE_ID.match(text)
    if match is None or match["id"] == "NOQUEUE":
        return None
    service = program.rpartition("/")[2]
    reader = READERS.get(service, _outcome)
    return reader(match["id"], match["rest"])


def _opened(queue_id: str, rest: str) -> Fact | None:
    match = CLIENT.match(rest)
    if match is None:
        return None
    login = LOGIN.search(match["more"])
    if match["ip"] in ("127.0.0.1", "::1"):
        match = FORWARDED.search(match["more"]) or match  # XFORWARD through a proxy filter
    known = match["name"] != "unknown"
    return Fact(
        queue_id,
        begins=True,
        client_ip=match["ip"] if match["ip"] != "unknown" else None,
        client_name=match["name"] if known else None,
        account=login["login"] if login else None,
    )


def _picked_up(queue_id: str, rest: str) -> Fact | None:
    match = LOCAL.match(rest)
    return match and Fact(queue_id, begins=True, local=True)


def _queued(queue_id: str, rest: str) -> Fact | None:
    if rest.startswith("removed"):
        return Fact(queue_id, ends=True)
    match = FROM.match(rest)
    return match and Fact(queue_id, mail_from=match["sender"])


def _noticed(queue_id: str, rest: str) -> Fact | None:
    # "sender non-delivery notification: ID2": ID2 is mail of Postfix itself.
    notice = rest.rpartition(": ")[2]
    return Fact(notice, own=True) if "notification: " in rest and notice.isalnum() else None


def _outcome(queue_id: str, rest: str) -> Fact | None:
    match = OUTCOME.match(rest)
    status = STATUS.search(rest, match.end()) if match else None
    if match is None or status is None:
        return None
    handed = QUEUED_AS.search(status["why"]) if LOOPBACK.match(match["relay"]) else None
    return Fact(
        queue_id,
        recipients=(match["original"] or match["to"],),
        failed=status["status"] == "bounced",
        handed_to=handed["id"] if handed else None,
    )


READERS = {
    "smtpd": _opened,
    "pickup": _picked_up,
    "qmgr": _queued,
    "nqmgr": _queued,
    "bounce": _noticed,
}
