"""The mail log: what past messages it gives, and what hostile lines may do to its reader."""

import json
import pathlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from outfall.wire.maillog import LogReader, infer_year
from outfall.wire.maillog.join import MAX_NAME, MAX_RECIPIENTS, Fact, Join
from outfall.wire.maillog.line import MAX_LINE, Stamps, split

LOGS = sorted((pathlib.Path(__file__).parent.parent / "vectors/maillog").glob("*.log"))
assert LOGS, "no mail logs found under vectors/maillog"

LINES = [line[2:] for path in LOGS for line in path.read_text().splitlines() if line[:2] == "> "]


def read(lines, **options):
    """Every past message of *lines*, in the order in which the reader gives them."""
    reader = LogReader(year=2026, **options)
    return [past for line in lines for past in reader.feed(line)] + reader.finish()


def as_json(past):
    """A past message as the vectors write it: what is unknown is left out."""
    known = {"at": datetime.fromtimestamp(past.at, UTC).isoformat().replace("+00:00", "Z")}
    for name in ("mail_from", "recipients", "client_ip", "client_name", "account", "helo", "local"):
        value = getattr(past.envelope, name)
        if value is not None and value is not False:
            known[name] = list(value) if name == "recipients" else value
    return known | ({"failed": list(past.failed)} if past.failed else {})


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_recorded_log_gives_its_messages(path):
    """Each log under vectors/maillog gives exactly the messages that stand beside it."""
    lines = path.read_text().splitlines()
    want = [json.loads(line[2:]) for line in lines if line.startswith("= ")]

    assert want == [as_json(past) for past in read(line[2:] for line in lines if line[:2] == "> ")]


@given(st.lists(st.one_of(st.text(max_size=200), st.sampled_from(LINES)), max_size=40))
def test_no_line_raises(lines):
    """Whatever a line holds, it is read or counted, and every line is counted once."""
    reader = LogReader(year=2026)
    for line in lines:
        reader.feed(line)
    reader.finish()

    assert len(lines) == reader.counts.lines


@given(st.sampled_from(LINES), st.integers(0, 400), st.text(max_size=12))
def test_damaged_line_never_raises(line, cut, junk):
    """A line that was cut or written into is skipped or read, never an error."""
    reader = LogReader(year=2026)
    reader.feed(line[:cut] + junk + line[cut:])
    reader.feed(line[:cut])
    reader.finish()


@given(st.lists(st.sampled_from(LINES), max_size=60), st.integers(1, 5))
def test_open_messages_are_bounded(lines, limit):
    """Never are more messages held than allowed; the oldest goes out first and is counted."""
    reader = LogReader(year=2026, max_open=limit)
    for line in lines:
        reader.feed(line)

        assert limit >= len(reader._join._open)


def test_eviction_gives_what_is_known():
    """A message pushed out by newer ones is given out with what is known, not dropped."""
    join = Join(max_open=1)
    join.take("mx", 1.0, Fact("A", begins=True, client_ip="192.0.2.7", recipients=("b@x.example",)))
    [past] = join.take("mx", 2.0, Fact("B", begins=True))

    assert (1.0, "192.0.2.7", 1) == (past.at, past.envelope.client_ip, join.evicted)


def test_recipients_are_bounded_in_each_message_and_in_all():
    """A log with endless recipients holds no more of them than the limits say."""
    join = Join(max_held=1_500)
    many = tuple(f"r{number}@x.example" for number in range(MAX_RECIPIENTS + 1))
    join.take("mx", 1.0, Fact("A", client_ip="192.0.2.7", recipients=many))
    join.take("mx", 1.0, Fact("B", client_ip="192.0.2.7", recipients=many))
    [past] = join.take("mx", 1.0, Fact("C", client_ip="192.0.2.7", recipients=("x@x.example",)))

    assert MAX_RECIPIENTS == len(past.envelope.recipients)
    assert MAX_RECIPIENTS + 1 == join._held


@pytest.mark.parametrize("size, kept", [(MAX_NAME, True), (MAX_NAME + 1, False)])
def test_endless_names_are_not_kept(size, kept):
    """What is far longer than an address may be is not remembered."""
    join = Join()
    join.take("mx", 1.0, Fact("A", client_ip="192.0.2.7", recipients=("x" * size, "b@x.example")))
    [past] = join.finish()

    assert kept == ("x" * size in past.envelope.recipients)


def test_queue_id_that_comes_round_again_is_a_new_message():
    """Short ids are reused: the second opening line starts a second message."""
    first = Fact("A", begins=True, client_ip="192.0.2.7", recipients=("b@x.example",))
    second = Fact("A", begins=True, client_ip="192.0.2.8", recipients=("c@x.example",))
    join = Join()
    done = join.take("mx", 1.0, first) + join.take("mx", 2.0, second) + join.finish()

    assert ["192.0.2.7", "192.0.2.8"] == [past.envelope.client_ip for past in done]


def test_the_same_queue_id_on_two_hosts_is_two_messages():
    """A log collected from many hosts joins nothing across them."""
    join = Join()
    join.take("mx1", 1.0, Fact("A", client_ip="192.0.2.7", recipients=("b@x.example",)))
    join.take("mx2", 2.0, Fact("A", client_ip="192.0.2.8", recipients=("c@x.example",)))

    assert 2 == len(join.finish())


def test_message_without_origin_is_not_given():
    """Deliveries whose beginning the log does not hold say nothing of any sender."""
    line = (
        "Mar  2 10:00:00 mx postfix/smtp[1]: A1B2C3D4E5: to=<b@x.example>, relay=none, delay=1, "
        "delays=0/0/0/1, dsn=2.0.0, status=sent (OK)"
    )

    assert [] == read([line])


@pytest.mark.parametrize(
    "stamps, want",
    [
        (["Dec 31 23:59:59", "Jan  1 00:00:01"], [(2026, 12, 31), (2027, 1, 1)]),
        (["Dec 31 23:59:59", "Jan  1 00:00:01", "Dec 31 23:59:58", "Jan  1 00:00:02"],
         [(2026, 12, 31), (2027, 1, 1), (2026, 12, 31), (2027, 1, 1)]),
        (["Mar 02 10:00:00", "Feb 28 10:00:00"], [(2026, 3, 2), (2026, 2, 28)]),
    ],
)  # fmt: skip
def test_year_follows_the_log(stamps, want):
    """A log without years runs over New Year, and a late line stays in the old year."""
    clock = Stamps(2026)
    days = [datetime.fromtimestamp(clock.seconds(stamp), UTC) for stamp in stamps]

    assert want == [(day.year, day.month, day.day) for day in days]


@pytest.mark.parametrize("stamp", ["Feb 29 10:00:00", "Foo  1 10:00:00", "2026-13-01 10:00:00"])
def test_impossible_time_is_no_time(stamp):
    """A time that does not exist makes the line unreadable; it is not guessed at."""
    assert Stamps(2026).seconds(stamp) is None


def test_zone_is_used_only_where_the_log_names_none():
    """A zone given by the operator never overrides one that the log writes."""
    east = timezone(timedelta(hours=2))

    assert Stamps(2026, east).seconds("Mar  2 10:00:00") == Stamps(2026).seconds("Mar  2 08:00:00")
    assert 1772445600.0 == Stamps(2026, east).seconds("2026-03-02T10:00:00Z")
    assert 1772445600.0 == Stamps(2026, east).seconds("2026-03-02 12:00:00")


@pytest.mark.parametrize(
    "first, ended, year",
    [
        ("Dec 30 10:00:00 mx a: x", datetime(2026, 1, 2, tzinfo=UTC), 2025),
        ("Jan  1 10:00:00 mx a: x", datetime(2026, 1, 2, tzinfo=UTC), 2026),
        ("Feb 29 10:00:00 mx a: x", datetime(2025, 1, 2, tzinfo=UTC), 2024),
        ("no log at all", datetime(2026, 1, 2, tzinfo=UTC), 2026),
    ],
)
def test_year_is_inferred_from_the_end(first, ended, year):
    """A log that ended in January and begins in December begins in the year before."""
    assert year == infer_year(first, ended)


@pytest.mark.parametrize("size, ok", [(MAX_LINE, True), (MAX_LINE + 1, False)])
def test_line_limit_is_exact(size, ok):
    """A line of the limit is read, one character more is not."""
    assert ok == (split("Mar  2 10:00:00 mx a: ".ljust(size, "x")) is not None)


HOSTILE = [
    "to=<" + ">, relay=x, " * 5_000,
    "to=<" + '"@' * 20_000,
    "client=x[192.0.2.7]" + ", sasl_username=" * 4_000,
    "from=<" + ">, size=1, nrcpt=1" * 3_000,
    "to=" + ", ctladdr=" * 5_000,
    "from=" + ", size=1, class=0, " * 3_000,
    "AUTH=server, relay=" + ", authid=" * 6_000,
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("program", ["postfix/smtpd", "postfix/qmgr", "postfix/smtp", "sm-mta"])
def test_hostile_line_costs_no_more_than_its_length(program, text):
    """A line made to be read over and over is given up at once (a hang would fail here)."""
    read([f"Mar  2 10:00:00 mx {program}[1]: 4jYBCl599xz1SCvS: {text}"])


@example('"\\"' + '\\"' * 30_000)
@example("(" * 60_000)
@given(st.text(alphabet=' "\\=()[]<>AHfor', max_size=300))
def test_hostile_exim_arrival_is_read_once(rest):
    """Quotes and escapes that never end are one word, read once."""
    read([f"2026-03-02 10:00:00 1qAbCd-0001Ab-Cd <= a@x.example {rest}"])


def test_login_in_a_subject_is_not_believed():
    """Only the field that Exim writes names the login, not a subject that looks like it."""
    line = (
        "2026-03-02 10:00:00 1qAbCd-0001Ab-Cd <= a@x.example H=(pc) [192.0.2.7] P=esmtp "
        'S=1 T="x\\" A=plain:mallory \\"y" for b@y.example'
    )
    [past] = read([line])

    assert past.envelope.account is None
    assert ("b@y.example",) == past.envelope.recipients


def test_message_id_cannot_pose_as_a_login():
    """What stands after the size was chosen by the sender: it names no login and no recipient."""
    line = (
        "2026-03-02 10:00:00 1qAbCd-0001Ab-Cd <= a@x.example H=(pc) [192.0.2.7] P=esmtp "
        "S=1 id=x A=plain:mallory for c@z.example for b@y.example"
    )
    [past] = read([line])

    assert past.envelope.account is None
    assert ("b@y.example",) == past.envelope.recipients


def test_later_line_cannot_move_a_message():
    """The first origin told of a message stays, whatever later lines say."""
    join = Join()
    join.take("mx", 1.0, Fact("A", mail_from="", client_ip="192.0.2.7"))
    join.take("mx", 2.0, Fact("A", mail_from="x@y.example", client_ip="192.0.2.8"))
    [past] = join.take("mx", 3.0, Fact("A", ends=True, recipients=("b@x.example",)))

    assert (1.0, "", "192.0.2.7") == (past.at, past.envelope.mail_from, past.envelope.client_ip)


def test_one_log_may_hold_three_mtas():
    """Lines of Postfix, Exim and Sendmail in one file are each read as their own."""
    alone = sum(len(read(lines)) for lines in [_lines("postfix-filter"), _lines("exim")])

    assert alone == len(read(_lines("postfix-filter") + _lines("exim")))


def _lines(stem):
    path = next(path for path in LOGS if path.stem == stem)
    return [line[2:] for line in path.read_text().splitlines() if line[:2] == "> "]
