"""
Sendmail: its log lines as facts.  No I/O.

    AUTH=server, relay=name [ip], authid=alice, mech=PLAIN, bits=0     before the message
    ID: from=<a@b>, size=1, class=0, nrcpts=2, msgid=<..>, proto=ESMTP, relay=name [ip]
    ID: to=<c@d>,<e@f>, delay=.., mailer=esmtp, relay=.., dsn=2.0.0, stat=Sent (...)

Source: the Sendmail Installation and Operation Guide, "The System Log"; the AUTH line from
sendmail/srvrsmtp.c, which logs it without a queue id, so login and message meet by the number of
the process that serves the connection.  Nothing says that a message is done; it is given out when
`nrcpts` recipients are known.
"""

from __future__ import annotations

import re
from collections import OrderedDict

from .join import Fact

__all__ = ["MAX_LOGINS", "SendmailReader"]

# One process serves one connection; a busy node has some thousand at once.  The oldest login is
# forgotten first, and its later messages then count for their address.
MAX_LOGINS = 10_000

QUEUE_ID = re.compile(r"(?P<id>[0-9A-Za-z]{8,24}): (?P<rest>.*)", re.DOTALL)
LOGIN = re.compile(r"AUTH=server, relay=(?P<relay>[^,]*), authid=(?P<login>[^,]+), mech=")
FROM = re.compile(
    r"from=(?P<sender>.*?), size=\d+, class=-?\d+, (?:pri=-?\d+, )?"
    r"nrcpts=(?P<count>\d{1,6})\b(?P<more>.*)"
)
TO = re.compile(r"to=(?P<to>.*?), (?:ctladdr|delay)=(?P<more>.*)")
RELAY = re.compile(r", relay=(?P<relay>.*?)(?:, [a-z]+=|$)")
IP = re.compile(r"\[(?:IPv6:)?(?P<ip>[0-9A-Fa-f.:]{2,45})\](?: \(may be forged\))?$")
DSN = re.compile(r", dsn=(?P<dsn>\d\.\d+\.\d+)")
ACCEPTED = re.compile(r"stat=Sent \((?P<id>[0-9A-Za-z]{8,24}) Message accepted for delivery\)")


class SendmailReader:
    """Lines of one Sendmail log; it remembers the login of each serving process."""

    def __init__(self) -> None:
        self._logins: OrderedDict[tuple[str, str], tuple[str, str]] = OrderedDict()

    def read(self, host: str, process: str, text: str) -> Fact | None:
        """Return what a line tells, or None if it tells nothing of a message."""
        match = QUEUE_ID.match(text)
        rest = match["rest"] if match else text
        if login := LOGIN.match(rest):
            self._remember(host, process, login["relay"], login["login"])
        elif match and (sender := FROM.match(rest)):
            return self._arrival(host, process, match["id"], sender)
        elif match and (outcome := TO.match(rest)):
            return _outcome(match["id"], outcome)
        return None

    def _remember(self, host: str, process: str, relay: str, login: str) -> None:
        self._logins.pop((host, process), None)
        self._logins[host, process] = (relay, login)
        if len(self._logins) > MAX_LOGINS:
            self._logins.popitem(last=False)

    def _arrival(self, host: str, process: str, queue_id: str, match: re.Match[str]) -> Fact:
        found = RELAY.search(match["more"])
        relay = found["relay"] if found else ""
        address = IP.search(relay)
        # A process number comes round again, so the login counts only for the same relay.
        known = self._logins.get((host, process))
        return Fact(
            queue_id,
            begins=True,
            mail_from=_bare(match["sender"]),
            client_ip=address["ip"] if address else None,
            client_name=relay.partition(" [")[0] if address and not relay.startswith("[") else None,
            account=known[1] if known and known[0] == relay else None,
            local=not address and "@" in relay,
            count=int(match["count"]) or None,
        )


def _outcome(queue_id: str, match: re.Match[str]) -> Fact:
    dsn, relay = DSN.search(match["more"]), RELAY.search(match["more"])
    inside = relay is not None and bool(re.search(r"\[(?:127\.|IPv6:::1\])", relay["relay"]))
    handed = ACCEPTED.search(match["more"]) if inside else None
    return Fact(
        queue_id,
        recipients=tuple(name for part in match["to"].split(",") if (name := _bare(part))),
        failed=dsn is not None and dsn["dsn"].startswith("5"),
        handed_to=handed["id"] if handed else None,
    )


def _bare(address: str) -> str:
    address = address.strip()
    return address[1:-1] if address.startswith("<") and address.endswith(">") else address
