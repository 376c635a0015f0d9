"""A filter session and an MTA's client back to back, without sockets; for the tests of milter."""

import itertools

from hypothesis import strategies as st

from outfall.model import Action, Decision
from outfall.wire.milter import (
    FilterSession,
    MilterClient,
    MilterError,
)
from outfall.wire.milter.packets import packet

ACCEPT = Decision(Action.ACCEPT, None)
MAIL = b"From: a@example.net\r\nSubject: hello\r\n\r\nbody\r\n"


class Wire:
    """A filter and an MTA back to back; `events` is what either side noted, in order."""

    def __init__(self, session=None, client=None, decision=ACCEPT):
        self.session = session or FilterSession()
        self.client = client or MilterClient()
        self.decision, self.events = decision, []

    def send(self, data):
        """Carry bytes to the filter and its answers back; return what was noted meanwhile."""
        before = len(self.events)
        self.session.feed(data)
        while True:
            while (event := self.session.next()) is not None:
                self.events.append(event)
            self.client.feed(self.session.take_output())
            while (event := self.client.next()) is not None:
                self.events.append(event)
            if not self.session.deciding or self.decision is None:
                return self.events[before:]
            self.session.answer(self.decision)

    def raw(self, data):
        """Carry hand-made packets to the filter, whose answers nobody hears; return its events."""
        events, _output, refusal = drain(self.session, [data])
        if refusal:
            raise MilterError(*refusal)
        return events

    def greet(self):
        """Get as far as HELO."""
        self.send(self.client.offer())
        self.send(self.client.connect("pc.example", "192.0.2.7") + self.client.hello("pc"))
        return self

    def mail(self, raw=MAIL, sender="a@example.net", recipients=("b@example.org",), **more):
        """Send a whole message; return the event it became for the filter."""
        noted = self.send(self.client.message(raw, sender, recipients, **more))
        return noted[0] if noted else None


def drain(session, chunks):
    """Feed chunks, accepting every message; return the events, all output and any refusal."""
    events, output, refusal = [], b"", None
    try:
        for chunk in chunks:
            session.feed(chunk)
            while True:
                while (event := session.next()) is not None:
                    events.append(event)
                if not session.deciding:
                    break
                session.answer(ACCEPT)
            output += session.take_output()
    except MilterError as error:
        refusal = (error.kind, str(error))
    return events, output, refusal


def cut(wire, cuts):
    """Return the bytes in pieces."""
    edges = [0, *sorted(edge for edge in cuts if edge < len(wire)), len(wire)]
    return [wire[start:end] for start, end in itertools.pairwise(edges)]


# One packet of each kind, with data that is legal.
WHOLE = [
    packet(b"O", b"\0\0\0\6\0\0\1\xff\0\x1f\xff\xff"),
    packet(b"O", b"\0\0\0\2\0\0\0\x3f\0\0\0\x7f"),
    packet(b"D", b"Mi\0Q1\0{auth_authen}\0alice\0"),
    packet(b"C", b"pc\x004\1\2192.0.2.7\0"),
    packet(b"H", b"pc\0"),
    packet(b"M", b"<a@example.net>\0SIZE=1\0"),
    packet(b"R", b"<b@example.org>\0"),
    packet(b"T"),
    packet(b"L", b"Subject\0 hi\n there\0"),
    packet(b"N"),
    packet(b"B", b"body\r\n"),
    packet(b"E"),
    packet(b"A"),
    packet(b"K"),
    packet(b"Q"),
    packet(b"U", b"FOO\0"),
]
START = b"".join([WHOLE[0], *WHOLE[2:6]])
STREAM = st.lists(st.sampled_from([*WHOLE, b"\0", b"\xff\xff", b"\0\0\0\3Z"])).map(b"".join)
