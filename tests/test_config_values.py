"""How sizes, durations and addresses are written: what is meant, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfall.config.values import Address, ByteSize, Duration


@pytest.mark.parametrize(
    "written, size",
    [
        ("256 MiB", 256 << 20),
        ("1KiB", 1024),
        ("0.5 KiB", 512),
        (" 7 B ", 7),
        ("1 gib", 1 << 30),
        (9, 9),
    ],
)
def test_sizes(written, size):
    """A size is a number and a binary unit; a bare number is bytes."""
    assert size == ByteSize().parse(written)


@pytest.mark.parametrize(
    "written, seconds",
    [("5 s", 5), ("10 min", 600), ("250ms", 0.25), ("2 h", 7200), ("1 d", 86400), (1.5, 1.5)],
)
def test_durations(written, seconds):
    """A duration is a number and a unit; a bare number is seconds."""
    assert seconds == pytest.approx(Duration().parse(written))


@pytest.mark.parametrize(
    "written",
    ["256", "MiB", "-1 MiB", "1 MB", "1 M", "1e3 B", True, None, [], float("nan"), "٣ B", 10**400],
)
def test_what_is_no_size(written):
    """A size without a unit, with a decimal unit or not a number at all is refused."""
    with pytest.raises(ValueError, match="256 MiB"):
        ByteSize().parse(written)


@given(st.integers(0, 2**50))
def test_sizes_survive_writing(size):
    """What is written for a size is read as the same size."""
    assert size == ByteSize().parse(ByteSize.format(size))


@given(st.integers(0, 10**8))
def test_durations_survive_writing(milliseconds):
    """What is written for a duration is read as the same duration."""
    written = Duration.format(milliseconds / 1000)

    assert milliseconds / 1000 == pytest.approx(Duration().parse(written), rel=1e-5)


def test_limits_are_included():
    """The least and the most are allowed, one beyond is not, and the refusal names the limit."""
    size = ByteSize(at_least=1024, at_most=2048)

    assert (1024, 2048) == (size.parse("1 KiB"), size.parse("2 KiB"))
    with pytest.raises(ValueError, match='too little: write "1 KiB" or more'):
        size.parse(1023)
    with pytest.raises(ValueError, match='too much: write "2 KiB" or less'):
        size.parse(2049)


@pytest.mark.parametrize(
    "written, address",
    [
        ("inet:127.0.0.1:6785", Address("inet", "127.0.0.1", 6785)),
        ("inet:[::1]:0", Address("inet", "::1", 0)),
        ("unix:/run/outfall/milter.sock", Address("unix", "/run/outfall/milter.sock")),
    ],
)
def test_addresses(written, address):
    """An address reads as meant and is written back to the letter."""
    assert address == Address.parse(written)
    assert written == str(address)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "127.0.0.1:6785",
        "inet:localhost:6785",
        "inet:127.0.0.1",
        "inet:127.0.0.1:65536",
        "inet:127.0.0.1:+1",
        "inet:127.0.0.1:٣",
        "unix:run.sock",
        "unix:/a\0b",
        "unix:/" + "x" * 107,
        7,
    ],
)
def test_what_is_no_address(written):
    """A host name, a missing port and a path that the kernel cannot take are refused."""
    with pytest.raises(ValueError, match=r": (write|choose)"):
        Address.parse(written)
