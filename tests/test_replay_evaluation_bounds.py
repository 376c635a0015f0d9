"""How much a count proves: the exact bounds of a proportion, against tables and the definition."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfall.replay.evaluation import proportion_bounds


@st.composite
def counts(draw, most=300):
    """k of n."""
    n = draw(st.integers(1, most))
    return draw(st.integers(0, n)), n


def at_least(k, n, p):
    """The chance of k or more of n, summed from its definition."""
    return math.fsum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


@pytest.mark.parametrize(
    "k, n, low, high",
    [
        # Two-sided 95 % as statistical tables and textbooks have them.
        (1, 10, 0.0025, 0.4450),
        (2, 20, 0.0123, 0.3170),
        (5, 10, 0.1871, 0.8129),
        (10, 100, 0.0490, 0.1762),
        (50, 100, 0.3983, 0.6017),
        (90, 100, 0.8238, 0.9510),
    ],
)
def test_bounds_are_those_of_the_tables(k, n, low, high):
    """Known pairs come out to the four places that tables print."""
    assert (low, high) == tuple(round(bound, 4) for bound in proportion_bounds(k, n))


@pytest.mark.parametrize("n", [100, 10_000, 33_258, 5_000_000])
def test_nothing_in_n_is_the_rule_of_three(n):
    """None of n proves fewer than about 3 in n, all of n the mirror of it."""
    low, high = proportion_bounds(0, n)
    mirrored = proportion_bounds(n, n)

    assert (0.0, True) == (low, 2.93 < high * n < 3.0)
    assert 1.0 == mirrored[1] and math.isclose(1 - high, mirrored[0])


@given(counts(most=60))
def test_bounds_are_where_chance_says(pair):
    """At each bound between 0 and 1 a count so far off has exactly the chance of a half of 5 %."""
    k, n = pair
    low, high = proportion_bounds(k, n)

    if 0 < k < n:
        assert math.isclose(0.025, at_least(k, n, low), rel_tol=1e-6)
        assert math.isclose(0.025, 1 - at_least(k + 1, n, high), rel_tol=1e-6)


@given(counts(most=100_000))
def test_bounds_hold_the_share(pair):
    """The share that was seen is always possible, and bounds are shares."""
    k, n = pair
    low, high = proportion_bounds(k, n)

    assert 0 <= low <= k / n <= high <= 1


@given(counts(most=5_000))
def test_more_of_the_same_raises_both_bounds(pair):
    """One more in as many moves both bounds up; the same of one more moves the upper one down."""
    k, n = pair
    low, high = proportion_bounds(k, n)

    if k < n:
        more = proportion_bounds(k + 1, n)
        assert low < more[0] and high < more[1]
    assert proportion_bounds(k, n + 1)[1] < high or k == n


@given(counts(most=5_000))
def test_bounds_are_mirrored(pair):
    """What holds of k holds of the rest the other way round."""
    k, n = pair
    low, high = proportion_bounds(k, n)
    mirrored = proportion_bounds(n - k, n)

    assert math.isclose(1 - high, mirrored[0], abs_tol=1e-9)
    assert math.isclose(1 - low, mirrored[1], abs_tol=1e-9)


def test_more_confidence_is_wider():
    """99 % sure says less than 90 % sure."""
    sure, unsure = proportion_bounds(7, 90, 0.99), proportion_bounds(7, 90, 0.9)

    assert sure[0] < unsure[0] < unsure[1] < sure[1]


def test_nothing_of_nothing_proves_nothing():
    """Without a message every share is possible."""
    assert (0.0, 1.0) == proportion_bounds(0, 0)


@pytest.mark.parametrize("k, n, confidence", [(-1, 3, 0.9), (4, 3, 0.9), (1, 3, 0.0), (1, 3, 1.0)])
def test_no_count_is_refused(k, n, confidence):
    """More than there are, fewer than none, and certainty are no questions."""
    with pytest.raises(ValueError, match="is no count"):
        proportion_bounds(k, n, confidence)
