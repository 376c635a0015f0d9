"""
How much a count proves: exact bounds of a proportion (Clopper and Pearson, Biometrika 26, 1934).

Main function: `proportion_bounds`.  The share p of all such mail is not known, only that k of n
messages were such.  The bounds are the p at which so few, or so many, would just be too unlikely.

What holds: the true share lies outside in at most one of twenty repetitions at the default
confidence, whatever it is; no approximation by a bell curve, which fails where k is near 0.
Where k is 0 or n there is only one side to be wrong on, and all of the doubt goes there: of 0 in n
the upper bound is about 3/n, the "rule of three".
"""

from __future__ import annotations

import math

__all__ = ["proportion_bounds"]

CONFIDENCE = 0.95

# Halvings of [0, 1]: after as many as a float has bits the middle is one of the ends.
HALVINGS = 60

# The continued fraction ends after about the square root of its larger argument; this allows for
# counts of 10 ** 12, and no input can keep it longer.
MOST_TERMS = 1_000_000
PRECISION = 1e-15
TINY = 1e-300


def proportion_bounds(k: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """
    Return the least and the greatest share that `k` of `n` leaves possible; (0, 1) of nothing.

    >>> low, high = proportion_bounds(0, 10_000)
    >>> low, round(high * 10_000, 1)
    (0.0, 3.0)
    """
    if not 0 <= k <= n or not 0 < confidence < 1:
        raise ValueError(f"{k} of {n} at {confidence} is no count: 0 <= k <= n, 0 < confidence < 1")
    doubt = 1 - confidence
    if n == 0:
        return 0.0, 1.0
    if k == 0:
        return 0.0, -math.expm1(math.log(doubt) / n)
    if k == n:
        return math.exp(math.log(doubt) / n), 1.0
    # DLMF 8.17.5: P(at least k | p) = I_p(k, n - k + 1); at most k is not at least k + 1.
    low = _where(k, n - k + 1, doubt / 2)
    high = _where(k + 1, n - k, 1 - doubt / 2)
    return low, high


def _where(a: int, b: int, value: float) -> float:
    """Return the x at which the rising `_incomplete_beta(x, a, b)` is `value`."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if _incomplete_beta(middle, a, b) < value:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _incomplete_beta(x: float, a: int, b: int) -> float:
    """Return the regularised incomplete beta function I_x(a, b) for 0 < x < 1 (DLMF 8.17)."""
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side
        return 1 - _incomplete_beta(1 - x, b, a)
    front = a * math.log(x) + b * math.log1p(-x)
    front += math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(front) * _fraction(x, a, b) / a


def _fraction(x: float, a: int, b: int) -> float:
    """Return 1/(1 + d1/(1 + d2/(1 + ...))) of DLMF 8.17.22, by Lentz's method."""
    numerator, denominator = 1.0, 1 / _not_nothing(1 - (a + b) * x / (a + 1))
    value = denominator
    for m in range(1, MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            denominator = 1 / _not_nothing(1 + term * denominator)
            numerator = _not_nothing(1 + term / numerator)
            step = numerator * denominator
            value *= step
        if abs(step - 1) < PRECISION:
            break
    return value


def _not_nothing(number: float) -> float:
    return number if abs(number) > TINY else TINY
