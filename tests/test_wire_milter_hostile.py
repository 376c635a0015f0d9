"""Milter: what a peer may do to us: any bytes, any order, any size."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from milter_wire import ACCEPT, MAIL, START, STREAM, WHOLE, Wire, cut, drain
from outfall.errors import PeerError, UsageError
from outfall.wire.milter import (
    MAX_PACKET,
    Aborted,
    Ended,
    EndOfMessage,
    FilterSession,
    MessageLimits,
    MilterClient,
    MilterError,
    Style,
    TooLarge,
    Wishes,
)
from outfall.wire.milter.limits import MAX_COMMAND
from outfall.wire.milter.macros import MAX_MACROS
from outfall.wire.milter.packets import PacketReader, packet
from outfall.wire.milter.session import LEGAL, MAX_AHEAD, Phase

# ------------------------------------------------------------------ properties


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
