"""What a decision becomes on the wire: nothing a verdict says can break out of its packet."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfall.errors import UsageError
from outfall.model import Action, Decision, Reply
from outfall.wire.milter.negotiation import Actions, Agreement, Steps
from outfall.wire.milter.packets import PacketReader
from outfall.wire.milter.replies import (
    MAX_DELETIONS,
    MAX_HEADER_VALUE,
    MAX_REPLY_LINE,
    MAX_REPLY_LINES,
    answer,
    pass_unread,
    reply_code,
)

ALL = Agreement(6, Actions(0x31), Steps.HEADER_LEADING_SPACE, {})


def packets(data):
    """Take a stream apart into (letter, data)."""
    reader, found = PacketReader(), []
    reader.feed(data)
    while (one := reader.next()) is not None:
        found.append((chr(one[0]), one[1]))
    return found


def reply(text, code=550, enhanced="5.7.1"):
    """Return the data of a reply packet."""
    ((letter, data),) = packets(reply_code(Reply(code, enhanced, text)))
    assert "y" == letter
    return data


@given(st.text(max_size=3000))
def test_reply_keeps_every_rule_of_every_mta(text):
    """Any text becomes up to 32 lines of up to 980 bytes, each with code and status, % doubled."""
    data = reply(text)

    assert data.index(b"\0") == len(data) - 1
    lines = data[:-1].decode("ascii").split("\r\n")
    assert 1 <= len(lines) <= MAX_REPLY_LINES
    assert {"550-5.7.1 "} >= {line[:10] for line in lines[:-1]}
    assert "550 5.7.1 " == lines[-1][:10]
    for line in lines:
        assert len(line) <= MAX_REPLY_LINE
        assert "%" not in line.replace("%%", "")
        assert line.isprintable()


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=4000))
def test_reply_loses_no_letter(text):
    """What a client reads is the text, however long, broken into lines."""
    lines = reply(text)[:-1].decode().replace("%%", "%").split("\r\n")

    assert text == "".join(line[10:] for line in lines)


@pytest.mark.parametrize("text", ["%" * 3000, "x%" * 2000, "line\n" * 50])
def test_reply_of_percent_signs_or_of_many_lines(text):
    """Doubling does not make a line too long, and lines over the limit are left out."""
    lines = reply(text)[:-1].split(b"\r\n")

    assert max(len(line) for line in lines) <= MAX_REPLY_LINE
    assert len(lines) <= MAX_REPLY_LINES
    assert b"550 " == lines[-1][:4]


def test_reply_of_several_lines():
    """Newlines in the text make a reply of several lines (RFC 5321 4.2.1)."""
    assert b"451-4.7.1 one\r\n451 4.7.1 two\0" == reply("one\ntwo", 451, "4.7.1")


def test_reply_without_text_is_one_line():
    """An empty text is still a whole reply."""
    assert b"550 5.7.1 \0" == reply("")


@pytest.mark.parametrize(
    ("code", "enhanced"),
    [(250, "2.0.0"), (399, "4.0.0"), (600, "5.0.0"), (550, "4.7.1"), (451, "5.7.1"), (550, "5.7"),
     (550, ""), (550, "5.7.1\r\n"), (550, "5.7.1000")],
)  # fmt: skip
def test_reply_that_is_no_refusal_is_our_bug(code, enhanced):
    """A code that is not 4xx or 5xx, or a status of another class, is never sent."""
    with pytest.raises(UsageError):
        reply_code(Reply(code, enhanced, "x"))


@pytest.mark.parametrize(
    ("action", "want"),
    [
        (Action.ACCEPT, [("h", b"X-A\0 1\0"), ("c", b"")]),
        (Action.TAG, [("h", b"X-A\0 1\0"), ("c", b"")]),
        (Action.HOLD, [("h", b"X-A\0 1\0"), ("q", b"why not\0"), ("c", b"")]),
        (Action.REJECT, [("r", b"")]),
        (Action.THROTTLE, [("t", b"")]),
        (Action.DISCARD, [("d", b"")]),
    ],
)
def test_each_action_has_its_packets(action, want):
    """Headers go on what is let through or held; refusals without a text use the MTA's own."""
    decision = Decision(action, None, (("X-A", "1"),), quarantine_reason="why\r\nnot")

    assert want == packets(answer(decision, {}, ALL))


def test_forged_headers_go_from_the_last_to_the_first_before_ours_come():
    """Copies of our own headers are deleted by index, highest first, then ours are added."""
    decision = Decision(Action.TAG, None, (("X-Outfall-Verdict", "spam"),))
    index = [bytes([0, 0, 0, number]) + b"x-outfall-verdict\0\0" for number in (3, 2, 1)]

    got = packets(answer(decision, {b"x-outfall-verdict": 3}, ALL))
    assert [
        *(("m", each) for each in index),
        ("h", b"X-Outfall-Verdict\0 spam\0"),
        ("c", b""),
    ] == got


def test_deletions_are_bounded():
    """Of a million forged headers, the last hundred go; the MTA is not kept busy with the rest."""
    got = packets(pass_unread({b"x-outfall-verdict": 1_000_000}, ALL))

    assert MAX_DELETIONS + 1 == len(got)
    assert ("m", (1_000_000).to_bytes(4, "big") + b"x-outfall-verdict\0\0") == got[0]


def test_forged_headers_go_from_unread_messages_too():
    """A message over the limit cannot carry a forged verdict past us."""
    assert [("m", b"\0\0\0\1x-outfall-verdict\0\0"), ("c", b"")] == packets(
        pass_unread({b"x-outfall-verdict": 1}, ALL)
    )


@pytest.mark.parametrize(
    ("action", "want"),
    [(Action.HOLD, ["t"]), (Action.TAG, ["c"]), (Action.DISCARD, ["d"])],
)
def test_nothing_is_done_that_was_not_agreed(action, want):
    """Without the right to edit or to quarantine, held mail is put off and the rest passes bare."""
    none = Agreement(6, Actions(0), Steps(0), {})
    decision = Decision(action, None, (("X-A", "1"),))

    assert want == [letter for letter, _ in packets(answer(decision, {b"x-outfall-a": 1}, none))]


@given(st.text(max_size=400), st.booleans())
def test_header_value_cannot_start_a_header(value, space):
    """Any value is one field: ASCII, no CR, no NUL, and every LF is followed by a tab."""
    agreement = Agreement(6, Actions(1), Steps.HEADER_LEADING_SPACE if space else Steps(0), {})
    got = packets(answer(Decision(Action.TAG, None, (("X-A", value),)), {}, agreement))
    name, data, rest = got[0][1].split(b"\0")

    assert (b"X-A", b"", space) == (name, rest, data[:1] == b" " if data else space)
    assert data.isascii()
    assert not re.search(rb"\r|\n(?!\t)", data)


def test_long_header_is_folded_at_spaces():
    """Lines stay within 78 characters where there is a space to fold at, and no word is lost."""
    words = " ".join(f"word{number}" for number in range(80))
    data = packets(answer(Decision(Action.TAG, None, (("X-Outfall-Evidence", words),)), {}, ALL))
    value = data[0][1].split(b"\0")[1].decode()
    lines = f"X-Outfall-Evidence:{value}".split("\n")

    assert max(len(line.expandtabs(8)) for line in lines) <= 78
    assert words.split() == value.split()


def test_header_value_is_bounded():
    """A value without end is cut, as no MTA takes a packet over 65,535 bytes."""
    data = packets(answer(Decision(Action.TAG, None, (("X-A", "x" * 100_000),)), {}, ALL))

    assert MAX_HEADER_VALUE == len(data[0][1].split(b"\0")[1].strip())


@pytest.mark.parametrize("name", ["", "X A", "X:A", "X\nA", "X\0", "\u00dc", "x" * 77])
def test_bad_header_name_is_our_bug(name):
    """A name that is no header name is never sent."""
    with pytest.raises(UsageError):
        answer(Decision(Action.TAG, None, ((name, "x"),)), {}, ALL)
