from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejia.scores.intervals import Interval, bounded, exact, intersection, relation

ENDS = st.one_of(st.none(), st.integers(-3, 3).map(Fraction))
INTERVALS = st.builds(Interval, ENDS, ENDS, st.booleans(), st.booleans())
POINTS = [Fraction(n, 2) for n in range(-9, 10)]


def holds(interval, number):
    low, high = interval.low, interval.high
    above = low is None or number > low or (number == low and interval.low_closed)
    below = high is None or number < high or (number == high and interval.high_closed)
    return above and below


@given(INTERVALS, INTERVALS)
def test_the_intersection_holds_what_both_hold(first, second):
    common = intersection(first, second)
    for point in POINTS:
        assert holds(common, point) == (holds(first, point) and holds(second, point))


@given(INTERVALS.filter(lambda interval: not interval.is_empty), INTERVALS)
def test_the_relation_says_whether_all_none_or_some_points_are_shared(inner, outer):
    shared = {holds(outer, point) for point in POINTS if holds(inner, point)}
    expected = {
        frozenset({True}): "inside",
        frozenset({False}): "outside",
        frozenset({True, False}): "across",
    }[frozenset(shared)]
    assert relation(inner, outer) == expected


@given(st.integers(-6, 6), INTERVALS)
def test_a_number_is_inside_or_outside(number, outer):
    point = bounded("", Fraction(number, 2))
    assert (relation(point, outer) == "inside") == holds(outer, Fraction(number, 2))


@pytest.mark.parametrize("number", [0.1, 4.9, 1e-5, 1e22, 2.505])
def test_a_float_stands_for_its_shortest_decimal(number):
    assert exact(number) == Fraction(repr(number))
    assert float(exact(number)) == number


def test_an_unknown_comparator_is_refused():
    with pytest.raises(ValueError, match="comparator must be '', <, ≤, > or ≥"):
        bounded("<=", Fraction(1))
