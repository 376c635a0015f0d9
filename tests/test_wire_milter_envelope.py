"""Milter: what is agreed, and what is known of a message beside its bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milter_wire import Wire
from outfall.config import ActionSettings, StampedHeaders
from outfall.decide import decide
from outfall.model import Category, Envelope, Sender, SenderKind, Verdict
from outfall.wire.milter import (
    FilterSession,
    MilterClient,
    MilterError,
    Negotiated,
)
from outfall.wire.milter.message import MAX_OWN_NAMES, STAMPS
from outfall.wire.milter.negotiation import Steps
from outfall.wire.milter.packets import packet

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
