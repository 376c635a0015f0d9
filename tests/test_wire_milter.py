"""Milter: recorded conversations, and how a message survives the trip."""

import itertools
import pathlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milter_talk import replay, spoken
from milter_wire import MAIL, Wire, cut
from outfall.wire.milter import (
    Aborted,
    FilterSession,
    MilterClient,
    Style,
    Wishes,
)
from outfall.wire.milter.negotiation import Steps
from outfall.wire.milter.packets import packet

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors/milter"
TALKS = sorted(VECTORS.glob("*/*.talk"))
assert TALKS, "no transcripts found; is vectors/milter there?"

# ------------------------------------------------------------------ recorded


@pytest.mark.parametrize("path", TALKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_recorded_conversation(path):
    """What real MTAs were content with is what we say again, to the letter."""
    text = path.read_text()

    assert spoken(text) == replay(text)


@pytest.mark.parametrize("path", TALKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_recording_has_a_birth_certificate(path):
    """Each recording says which server it is of, when it was made, and what came of it."""
    head = " ".join(line for line in path.read_text().splitlines() if line.startswith("#"))

    assert re.search(r"Source: (Postfix|Sendmail), Debian package \S+, .* recorded 20\d\d-", head)
    assert re.search("# (Delivered|Nothing was delivered)", head)


@pytest.mark.parametrize("case", ["plain", "odd-headers", "large", "null-sender"])
def test_both_mtas_tell_the_same_message(case):
    """One message through Postfix and through Sendmail is the same bytes for us."""
    found = {
        line
        for server in ("postfix", "sendmail")
        for line in (VECTORS / server / f"{case}.talk").read_text().splitlines()
        if line.startswith(("? size", "? sha256"))
    }

    assert 2 == len(found)


# ------------------------------------------------------------------ messages survive

NAMES = st.from_regex(rb"[!-9;-~]{1,20}", fullmatch=True)
LINES = st.binary(max_size=30).map(lambda raw: raw.translate(None, b"\0\r\n"))
VALUES = st.lists(LINES, min_size=1, max_size=3).map(b"\r\n\t".join)
RAW = st.builds(
    lambda fields, body: b"".join(b"%b:%b\r\n" % field for field in fields) + b"\r\n" + body,
    st.lists(st.tuples(NAMES, VALUES), max_size=6),
    st.binary(max_size=200),
)
ADDRESSES = st.emails(domains=st.just("example.net"))


@st.composite
def conversations(draw):
    """A legal conversation after HELO: messages whole, given up, and with noise between."""
    return draw(
        st.lists(
            st.one_of(
                st.tuples(
                    st.just("message"),
                    RAW,
                    ADDRESSES,
                    st.lists(ADDRESSES, min_size=1, max_size=3),
                    st.none() | st.just("alice"),
                ),
                st.tuples(st.just("abort"), st.integers(1, 6)),
                st.sampled_from([("noise",), ("hello",), ("another",)]),
            ),
            max_size=6,
        )
    )


@settings(max_examples=150, deadline=None)
@given(
    conversations(),
    st.sampled_from(list(Style)),
    st.sampled_from([Wishes(), Wishes(skip=True), Wishes(version=2)]),
    st.sampled_from([Steps(0x1FFFFF), Steps(0x7F), Steps(0)]),
    st.randoms(use_true_random=False),
)
def test_legal_conversations_reproduce_their_messages(talk, style, wishes, offered, random):
    """Whatever is spoken, agreed and given up before, each message arrives as it was sent."""
    client = MilterClient(style=style, steps=offered)
    wire = Wire(FilterSession(wishes=wishes), client).greet()
    space = Steps.HEADER_LEADING_SPACE in wire.session.agreement.steps
    for step in talk:
        match step:
            case ("message", raw, sender, recipients, account):
                stream = client.message(raw, sender, recipients, account=account)
                cuts = [random.randrange(len(stream)) for _ in range(4)]
                noted = [event for piece in cut(stream, cuts) for event in wire.send(piece)]
                told, _outcome = noted
                want = (sender, tuple(recipients), account)
                envelope = told.envelope
                got = (envelope.mail_from, tuple(envelope.recipients), envelope.account)
                assert want == got
                assert raw == told.message if space else same_but_spaces(raw, told.message)
            case ("abort", packets):
                pieces = client.pieces(MAIL, "x@example.net", ["y@example.net"], account="m")
                started = b"".join(itertools.islice(pieces, packets))
                wire.send(started + client.abort())
                assert Aborted() in wire.events
            case ("noise",):
                assert [] == wire.raw(packet(b"D", b"Zwhat\0ever\0") + client.abort())
            case ("hello",):
                wire.send(client.hello("other"))
            case ("another",):
                wire.send(client.quit(another_connection=True))
                wire.send(client.connect("second.example", "198.51.100.2"))


def same_but_spaces(raw, message):
    """Whether only the space after a header's colon differs: without v6 the MTA keeps it back."""
    return raw.replace(b" ", b"") == message.replace(b" ", b"")


@pytest.mark.parametrize("style", list(Style))
def test_space_after_the_colon_without_its_own_step(style):
    """Where the MTA strips the space after the colon, it is put back."""
    raw = b"A: one\r\nB:  two\r\nC:\tthree\r\n\r\n"
    wire = Wire(client=MilterClient(style=style, steps=Steps(0x7F))).greet()

    assert b"A: one\r\nB:  two\r\nC: \tthree\r\n\r\n" == wire.mail(raw).message


def test_folds_end_in_crlf():
    """A fold that comes with LF, and one that comes with CRLF, both end in CRLF."""
    wire = Wire().greet()
    wire.raw(b"".join([packet(b"M", b"<>\0"), packet(b"R", b"<b@example.org>\0")]))
    wire.raw(packet(b"L", b"A\0 1\n 2\0") + packet(b"L", b"B\0 1\r\n\t2\0") + packet(b"N"))
    (told,) = wire.raw(packet(b"E", b"in the last packet"))

    assert b"A: 1\r\n 2\r\nB: 1\r\n\t2\r\n\r\nin the last packet" == told.message


def test_body_without_end_of_headers():
    """The empty line between headers and body is there even if its packet was not."""
    wire = Wire().greet()
    wire.raw(packet(b"M", b"<>\0") + packet(b"R", b"<b@example.org>\0"))
    (told,) = wire.raw(packet(b"L", b"A\0 1\0") + packet(b"B", b"body") + packet(b"E"))

    assert b"A: 1\r\n\r\nbody" == told.message


def test_message_without_headers_or_body():
    """An empty message is one empty line."""
    wire = Wire().greet()
    wire.raw(packet(b"M", b"<>\0") + packet(b"R", b"<b@example.org>\0"))

    assert b"\r\n" == wire.raw(packet(b"E"))[0].message
