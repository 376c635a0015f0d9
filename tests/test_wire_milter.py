"""Milter: recorded conversations, what a peer may do to us, and how a message survives the trip."""

import itertools
import pathlib
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from milter_talk import replay, spoken
from outfall.config import ActionSettings, StampedHeaders
from outfall.decide import decide
from outfall.errors import PeerError, UsageError
from outfall.model import Action, Category, Decision, Envelope, Sender, SenderKind, Verdict
from outfall.wire.milter import (
    MAX_PACKET,
    Aborted,
    Ended,
    EndOfMessage,
    FilterSession,
    MessageLimits,
    MilterClient,
    MilterError,
    Negotiated,
    Style,
    TooLarge,
    Wishes,
)
from outfall.wire.milter.limits import MAX_COMMAND
from outfall.wire.milter.macros import MAX_MACROS
from outfall.wire.milter.message import MAX_OWN_NAMES, STAMPS
from outfall.wire.milter.negotiation import Steps
from outfall.wire.milter.packets import PacketReader, packet
from outfall.wire.milter.session import LEGAL, MAX_AHEAD, Phase

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors/milter"
TALKS = sorted(VECTORS.glob("*/*.talk"))
assert TALKS, "no transcripts found; is vectors/milter there?"

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


# ------------------------------------------------------------------ properties

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


@given(st.booleans(), STREAM, st.sets(st.integers(1, 400), max_size=30))
@example(True, b"".join(WHOLE[6:14]), {3, 4, 5, 9, 10})
def test_chunking_is_invisible(started, stream, cuts):
    """However the network cuts the bytes, the same things happen."""
    stream = START + stream if started else stream

    whole, pieces = drain(FilterSession(), [stream]), drain(FilterSession(), cut(stream, cuts))
    assert (whole[0], whole[2]) == (pieces[0], pieces[2])
    if whole[2] is None:
        assert whole[1] == pieces[1]


@given(st.booleans(), st.lists(st.binary(max_size=64) | STREAM, max_size=8))
def test_garbage_is_refused_and_nothing_else(started, chunks):
    """No bytes raise anything but `MilterError`, and that is the peer's fault."""
    drain(FilterSession(), [START, *chunks] if started else chunks)

    assert issubclass(MilterError, PeerError)


@given(st.sampled_from([b"O", b"D", b"C", b"H", b"M", b"R", b"L", b"U"]), st.binary(max_size=40))
def test_any_data_of_a_legal_command_is_taken_or_refused(command, data):
    """In the phase where a command belongs, its data may be anything."""
    before = {b"O": [], b"C": WHOLE[:1], b"R": [START], b"L": [START, WHOLE[6]]}
    drain(FilterSession(), [*before.get(command, [WHOLE[0] + WHOLE[3]]), packet(command, data)])


@given(
    st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=30))), st.sets(st.integers(1, 99))
)
def test_reader_gives_back_what_was_packed(packets, cuts):
    """Packing and reading are inverse, and nothing stays behind."""
    reader, got = PacketReader(), []
    for piece in cut(b"".join(packet(bytes([c]), data) for c, data in packets), cuts):
        reader.feed(piece)
        while (found := reader.next()) is not None:
            got.append(found)

    assert (packets, 0) == (got, reader.buffered)


def test_reader_may_be_fed_without_being_asked():
    """Feeding twice before asking, across the middle of a packet, loses nothing."""
    reader = PacketReader()
    for piece in cut(packet(b"A", b"x" * 9) * 5, {2, 17, 18, 40}):
        reader.feed(piece)

    assert [(65, b"x" * 9)] * 5 == [reader.next() for _ in range(5)]


def test_waiting_for_a_long_packet_copies_nothing():
    """A packet that comes in crumbs is gathered in place, so the cost stays linear."""
    reader = PacketReader()
    reader.feed(packet(b"B", b"x" * 5000)[:100])
    assert reader.next() is None
    gathered = reader._partial
    for _ in range(50):
        reader.feed(b"x")
        assert reader.next() is None

    assert gathered is reader._partial


# ------------------------------------------------------------------ limits


@pytest.mark.parametrize("step", [1 << 16, 1 << 22])
def test_packet_limit_is_exact(step):
    """A packet of the limit is taken, one byte more is refused before its data has come."""
    reader = PacketReader()
    for start in range(0, MAX_PACKET + 4, step):
        reader.feed(packet(b"B", b"x" * (MAX_PACKET - 1))[start : start + step])
    assert MAX_PACKET - 1 == len(reader.next()[1])

    reader.feed((MAX_PACKET + 1).to_bytes(4, "big"))
    with pytest.raises(MilterError, match=f"{MAX_PACKET + 1} bytes"):
        reader.next()


def test_packet_of_no_length_is_refused():
    """A packet has at least its command byte."""
    reader = PacketReader()
    reader.feed(b"\0\0\0\0")

    with pytest.raises(MilterError) as refused:
        reader.next()
    assert "size" == refused.value.kind


@pytest.mark.parametrize(("more", "kind"), [(0, EndOfMessage), (1, TooLarge)])
@pytest.mark.parametrize("wishes", [Wishes(), Wishes(skip=True)])
def test_message_limit_is_exact(more, kind, wishes):
    """A message of the limit is read, one byte more is not; the next one is read again."""
    limits = MessageLimits(message_bytes=1000)
    wire = Wire(FilterSession(limits, wishes=wishes)).greet()
    raw = MAIL + b"x" * (1000 - len(MAIL) + more)
    told = wire.mail(raw)

    assert kind is type(told)
    assert kind is TooLarge or raw == told.message
    assert MAIL == wire.mail().message


def test_too_large_in_the_headers_keeps_nothing():
    """What is over the limit is let go of at once and not held to its end."""
    wire = Wire(FilterSession(MessageLimits(message_bytes=300))).greet()
    wire.raw(packet(b"M", b"<>\0") + packet(b"R", b"<b@example.org>\0"))
    wire.raw(packet(b"L", b"A\0" + b"x" * 200 + b"\0"))
    assert 204 + len("b@example.org") == wire.session.held
    wire.raw(packet(b"L", b"A\0" + b"x" * 200 + b"\0") * 49 + packet(b"N"))

    assert len("b@example.org") == wire.session.held
    assert 50 * 204 + 2 == wire.raw(packet(b"E"))[0].size


@pytest.mark.parametrize(
    ("limits", "kept", "left_out"),
    [
        (MessageLimits(headers=2), 2, 1),
        (MessageLimits(headers=3), 3, 0),
        (MessageLimits(header_bytes=12), 2, 1),
        (MessageLimits(header_bytes=18), 3, 0),
        (MessageLimits(header_bytes=17), 2, 1),
    ],
)
def test_header_limits_are_exact(limits, kept, left_out):
    """Header fields over a limit are counted and left out; the body still follows."""
    told = Wire(FilterSession(limits)).greet().mail(b"A: 1\r\nA: 2\r\nA: 3\r\n\r\nbody")

    assert (kept, left_out) == (told.message.count(b"A: "), told.headers_left_out)
    assert told.message.endswith(b"\r\n\r\nbody")


def test_recipient_limit_is_exact():
    """Recipients over the limit are counted only."""
    names = [f"r{number}@example.org" for number in range(5)]
    told = Wire(FilterSession(MessageLimits(recipients=3))).greet().mail(recipients=names)

    assert (tuple(names[:3]), 5) == (told.envelope.recipients, told.recipients_total)


@pytest.mark.parametrize(
    ("command", "size", "fits"),
    [
        (b"M", MAX_COMMAND, True),
        (b"M", MAX_COMMAND + 1, False),
        (b"H", MAX_COMMAND + 1, False),
        (b"D", MAX_MACROS, True),
        (b"D", MAX_MACROS + 1, False),
    ],
)
def test_command_and_macro_limits_are_exact(command, size, fits):
    """A command's strings and its macros have a bound far above what MTAs send."""
    wire = Wire().greet()
    data = b"M".ljust(size - 1, b"x") + b"\0"

    if fits:
        assert [] == wire.raw(packet(command, data))
    else:
        with pytest.raises(MilterError, match=str(size)):
            wire.raw(packet(command, data))


def test_message_is_held_until_its_answer():
    """What waits for a decision counts as held, as it is still in memory."""
    wire = Wire(decision=None, client=MilterClient(style=Style.SENDMAIL)).greet()
    wire.mail()
    assert len(MAIL) + len("b@example.org") == wire.session.held
    wire.session.answer(ACCEPT)
    assert 0 == wire.session.held


def test_peer_cannot_send_without_end_while_we_decide():
    """Behind a message that waits for its decision only so much is kept."""
    wire = Wire(decision=None).greet()
    wire.mail()
    wire.session.feed(b"x" * (MAX_AHEAD - wire.session._reader.buffered))

    with pytest.raises(MilterError, match="before our answer"):
        wire.session.feed(b"x")


# ------------------------------------------------------------------ negotiation


def test_all_is_silent_where_everything_is_offered():
    """With a modern MTA nothing is answered before the end of the message."""
    wire = Wire()
    (agreed,) = wire.send(wire.client.offer())

    assert (6, 0x31, 0x1FF180) == (agreed.version, agreed.actions, agreed.steps)
    assert frozenset() == wire.session.agreement.answered
    assert {5, 6} <= set(agreed.macros)  # Sendmail 8.17 ignores the one without the other


@given(st.integers(2, 9), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_answer_stays_within_the_offer(version, actions, steps):
    """Neither version nor any bit of our answer was not offered (`MilterClient` checks that)."""
    wire = Wire(client=MilterClient(version=version, actions=actions, steps=steps))
    (agreed,) = wire.send(wire.client.offer())

    assert isinstance(agreed, Negotiated)
    assert min(6, version) == agreed.version
    assert agreed.version == 6 or not agreed.steps & ~0x7F


def test_without_promises_every_step_is_answered():
    """An MTA that offers no no-reply bit gets one answer a step, and UNKNOWN too."""
    wire = Wire(client=MilterClient(steps=Steps(0)))
    wire.send(wire.client.offer())
    sent = [packet(b"C", b"pc\0U"), packet(b"H", b"pc\0"), packet(b"U", b"FOO\0")]
    sent += [packet(b"M", b"<>\0"), packet(b"R", b"<b>\0"), packet(b"T"), packet(b"L", b"A\0b\0")]
    sent += [packet(b"N"), packet(b"B", b"x")]
    silent = [packet(b"D", b"M"), packet(b"A"), packet(b"K"), packet(b"Q")]

    assert [packet(b"c")] * 9 == [drained(wire.session, data) for data in sent]
    assert [b""] * 4 == [drained(wire.session, data) for data in silent]


def drained(session, data):
    """Feed one packet and return what is said to it."""
    session.feed(data)
    while session.next() is not None:
        pass
    return session.take_output()


@pytest.mark.parametrize("version", [0, 1])
def test_ancient_version_is_refused(version):
    """Version 1 is refused by name."""
    with pytest.raises(MilterError, match=f"version {version} is older"):
        Wire().send(MilterClient(version=version).offer())


# ------------------------------------------------------------------ the envelope


@pytest.mark.parametrize(
    ("name", "address", "want_ip", "want_name"),
    [
        ("pc.example", "192.0.2.7", "192.0.2.7", "pc.example"),
        ("[192.0.2.7]", "192.0.2.7", "192.0.2.7", None),
        ("unknown", "2001:db8:0::1", "2001:db8::1", None),
        ("pc.example", "::ffff:192.0.2.7", "192.0.2.7", "pc.example"),
    ],
)
def test_client_address_is_plain(name, address, want_ip, want_name):
    """Whatever an MTA puts around it, the client address is the address alone."""
    wire = Wire().greet()
    wire.send(wire.client.quit(another_connection=True) + wire.client.connect(name, address))
    told = wire.mail()

    assert (want_ip, want_name) == (told.envelope.client_ip, told.envelope.client_name)


@pytest.mark.parametrize(
    "data", [b"localhost\0L\0\0/run/x.sock\0", b"localhost\0U", b"x\x004\0\1bad\0"]
)
def test_client_without_an_address(data):
    """A client on a unix socket, or of no known kind, has no address."""
    wire = Wire().greet()
    wire.raw(packet(b"K") + packet(b"C", data))

    assert wire.mail().envelope.client_ip is None


@pytest.mark.parametrize(
    ("sent", "want"),
    [
        (b"<a@example.net>", "a@example.net"),
        (b"a@example.net", "a@example.net"),
        (b"<>", ""),
        (b"", ""),
        ("<gr\u00fc\u00dfe@example.net>".encode(), "gr\u00fc\u00dfe@example.net"),
        (b"<\xff@example.net>", "\\xff@example.net"),
        (b"<a", "<a"),
    ],
)
def test_addresses_come_bare(sent, want):
    """Angle brackets go, the null sender is empty, and stray bytes stay visible."""
    wire = Wire().greet()
    wire.raw(packet(b"M", sent + b"\0BODY=8BITMIME\0") + packet(b"R", sent + b"\0"))
    told = wire.raw(packet(b"E"))[0]

    assert (want, (want,)) == (told.envelope.mail_from, told.envelope.recipients)


def test_macros_win_over_connect_and_later_ones_over_earlier():
    """The client address macro is believed, and the queue id is the one said last."""
    wire = Wire().greet()
    wire.raw(packet(b"D", b"C{client_addr}\0IPv6:2001:db8::9\0{client_name}\0named.example\0"))
    wire.raw(packet(b"D", b"Mi\0EARLY\0") + packet(b"M", b"<>\0") + packet(b"R", b"<b>\0"))
    told = wire.raw(packet(b"D", b"Ei\0LATE\0") + packet(b"E"))[0]

    assert ("2001:db8::9", "named.example", "LATE") == (
        told.envelope.client_ip,
        told.envelope.client_name,
        told.envelope.queue_id,
    )


def test_macros_of_a_message_win_over_those_of_the_connection():
    """What is said with MAIL is newer than what was said with CONNECT."""
    wire = Wire().greet()
    wire.raw(packet(b"D", b"C{client_name}\0old.example\0"))
    wire.raw(packet(b"D", b"M{client_name}\0new.example\0"))

    (told,) = wire.raw(packet(b"M", b"<>\0") + packet(b"R", b"<d>\0") + packet(b"E"))

    assert "new.example" == told.envelope.client_name


def test_abort_between_messages_clears_the_macros_too():
    """Macros sent for a message that never began are not the next one's."""
    wire = Wire().greet()
    wire.raw(packet(b"D", b"M{auth_authen}\0alice\0") + packet(b"A"))
    wire.raw(packet(b"M", b"<c>\0") + packet(b"R", b"<d>\0"))

    assert wire.raw(packet(b"E"))[0].envelope.account is None


@pytest.mark.parametrize("between", [b"A", b"E", b"M"])
def test_login_does_not_outlive_its_message(between):
    """The account of one message is not the next one's, ended, given up or begun anew."""
    wire = Wire().greet()
    wire.raw(packet(b"D", b"M{auth_authen}\0alice\0") + packet(b"M", b"<a>\0"))
    wire.raw(packet(b"R", b"<b>\0"))
    if between != b"M":
        wire.raw(packet(between))
    wire.raw(packet(b"M", b"<c>\0") + packet(b"R", b"<d>\0"))

    assert wire.raw(packet(b"E"))[0].envelope.account is None


def test_another_connection_starts_from_nothing():
    """After QUIT_NC neither the client's address nor its macros are left."""
    wire = Wire().greet()
    wire.raw(packet(b"D", b"C{client_addr}\x00192.0.2.1\0{client_name}\0old.example\0"))
    wire.raw(packet(b"K") + packet(b"C", b"unknown\0U"))
    known = wire.mail().envelope

    assert (None, None, None) == (known.client_ip, known.client_name, known.helo)


def test_local_is_what_the_listener_says():
    """Mail is local if and only if it came by the socket for local mail."""
    assert Wire(FilterSession(local=True)).greet().mail().envelope.local
    assert not Wire().greet().mail().envelope.local


# ------------------------------------------------------------------ forged headers


def test_forged_headers_are_noticed_whatever_comes_before_them():
    """Names like ours cannot fill our memory, nor hide a forged verdict behind them."""
    raw = b"".join(b"X-Stamp-%d: x\r\n" % number for number in range(500))
    raw += b"x-STAMP-Verdict: clean\r\nX-Stamp: x\r\nX-Outfall-Verdict: y\r\n\r\n"
    wire = Wire(FilterSession(header_prefix="X-Stamp")).greet()
    wire.mail(raw)
    deleted = wire.events[-1].deleted

    assert (b"x-stamp-verdict", 1) == deleted[-1]
    assert MAX_OWN_NAMES + 1 == len(deleted)


@given(st.sampled_from(list(Category)), st.sampled_from(list(StampedHeaders)))
def test_every_header_that_we_add_is_one_that_we_delete(category, headers):
    """What `decide` stamps on a message is what is taken off when it comes from outside."""
    sender = Sender(SenderKind.IP, "192.0.2.7")
    verdict = Verdict(category, 1.0, (), sender, (), "7KQ2M4")
    settings = ActionSettings(headers=headers, header_prefix="X-Stamp")

    decided = decide(verdict, Envelope(["b@example.org"]), settings)
    assert {name.lower() for name, _ in decided.add_headers} <= {f"x-stamp-{s}" for s in STAMPS}


# ------------------------------------------------------------------ order


def test_every_phase_takes_exactly_its_commands():
    """What `LEGAL` does not list is refused by name, in every phase and for every byte."""
    ways = {
        Phase.START: b"",
        Phase.AGREED: WHOLE[0],
        Phase.CONNECTED: WHOLE[0] + WHOLE[3],
        Phase.MAIL: START,
        Phase.RECIPIENT: START + WHOLE[6],
        Phase.DATA: START + WHOLE[6] + WHOLE[7],
        Phase.HEADERS: START + WHOLE[6] + WHOLE[8],
        Phase.BODY: START + WHOLE[6] + WHOLE[9],
    }
    data = {ord(each[4:5]): each for each in WHOLE}
    for phase, way in ways.items():
        for command in range(256):
            sent = way + data.get(command, packet(bytes([command])))
            refusal = drain(FilterSession(), [sent])[2]
            assert (command in LEGAL[phase]) == (refusal is None), (phase, command, refusal)
            if refusal:
                assert ("order", True) == (refusal[0], phase.name in refusal[1])


def test_after_goodbye_nothing_is_read():
    """Bytes after QUIT change nothing."""
    session = FilterSession()

    assert [Ended()] == drain(session, [WHOLE[0] + WHOLE[14] + WHOLE[3]])[0]
    assert session.ended


def test_new_helo_or_mail_gives_up_the_message():
    """Sendmail sends HELO within a message and no ABORT; the message is then over."""
    wire = Wire().greet()
    start = packet(b"M", b"<a>\0") + packet(b"R", b"<b>\0")

    assert [Aborted()] == wire.raw(start + packet(b"H", b"again\0"))
    assert [Aborted()] == wire.raw(start + packet(b"L", b"A\0b\0") + packet(b"M", b"<c>\0"))
    (told,) = wire.raw(packet(b"R", b"<d>\0") + packet(b"E"))
    assert ("c", ("d",)) == (told.envelope.mail_from, told.envelope.recipients)
    assert b"\r\n" == told.message


# ------------------------------------------------------------------ misuse


def test_answer_once_per_message():
    """An answer or a sign of progress when no message waits is our own bug."""
    wire = Wire().greet()
    for misuse in (
        lambda: wire.session.answer(ACCEPT),
        wire.session.progress,
        wire.session.pass_unread,
    ):
        with pytest.raises(UsageError):
            misuse()


def test_nothing_is_read_before_the_answer():
    """A second message that came early waits for the first one's answer."""
    wire = Wire(decision=None).greet()
    one = wire.client.message(MAIL, "a@example.net", ["b@example.org"])
    two = wire.client.message(MAIL, "c@example.net", ["d@example.org"])

    (first,) = wire.send(one + two)
    wire.session.answer(ACCEPT)
    _outcome, second = wire.send(b"")[-1], wire.events[-2:]
    assert "a@example.net" == first.envelope.mail_from
    assert ["c@example.net"] == [
        e.envelope.mail_from for e in second if isinstance(e, EndOfMessage)
    ]
