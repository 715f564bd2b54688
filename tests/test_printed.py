"""What a printed number stands for."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejia.printed import ROUNDINGS, contains, distance, parse, stands_for

decimals = st.decimals(min_value=-1000, max_value=1000, places=6)
places = st.integers(min_value=0, max_value=4)


def rounded(value: Decimal, digits: int, rule: str) -> str:
    """Round with the standard library, which knows nothing of intervals."""
    return str(value.quantize(Decimal(1).scaleb(-digits), rounding=rule))


@given(decimals, places)
@pytest.mark.parametrize("rule", [ROUND_HALF_UP, ROUND_HALF_EVEN])
@pytest.mark.parametrize("rounding", ["half_any", "half_up", "half_even"])
def test_rounded_decimal_is_inside_what_its_text_stands_for(
    rule, rounding, value, digits
):
    low, high = stands_for(rounded(value, digits, rule), rounding=rounding)
    assert low <= Fraction(value) <= high


@given(decimals, places)
def test_truncated_decimal_is_inside_what_its_text_stands_for(value, digits):
    text = rounded(value, digits, ROUND_DOWN)
    low, high = stands_for(text, rounding="truncate")
    assert low <= Fraction(value) <= high


@given(decimals, places)
def test_interval_of_a_text_is_one_unit_of_its_last_digit_wide(value, digits):
    text = rounded(value, digits, ROUND_HALF_UP)
    low, high = stands_for(text)
    assert high - low == Fraction(1, 10**digits)
    assert (low + high) / 2 == Fraction(text)


@given(decimals, places)
def test_number_inside_the_interval_is_within_half_a_digit(value, digits):
    text = rounded(value, digits, ROUND_HALF_EVEN)
    assert abs(distance(text, float(value))) <= 0.5 + 1e-6


# Halves: 2.5 prints as 2 (half even) and as 3 (half up); both intervals hold it.
HALVES = [("2", "2.5"), ("3", "2.5"), ("-2", "-2.5"), ("-3", "-2.5"), ("0.1", "0.05")]


@pytest.mark.parametrize(("text", "value"), HALVES)
def test_a_half_belongs_to_both_neighbours(text, value):
    assert contains(text, Fraction(value))


INTERVALS = [
    ("0.190", "half_any", Fraction(379, 2000), Fraction(381, 2000)),
    ("52", "half_any", Fraction(103, 2), Fraction(105, 2)),
    ("27.5", "truncate", Fraction(55, 2), Fraction(138, 5)),
    ("-1.5", "half_any", Fraction(-31, 20), Fraction(-29, 20)),
    ("−1.5", "half_any", Fraction(-31, 20), Fraction(-29, 20)),
    ("–1.5", "half_any", Fraction(-31, 20), Fraction(-29, 20)),
    ("- 1.5", "half_any", Fraction(-31, 20), Fraction(-29, 20)),
    ("−1.5", "truncate", Fraction(-8, 5), Fraction(-3, 2)),
    ("+0.4", "half_any", Fraction(7, 20), Fraction(9, 20)),
    (".05", "half_any", Fraction(9, 200), Fraction(11, 200)),
    ("0.0", "half_any", Fraction(-1, 20), Fraction(1, 20)),
    ("0.0", "truncate", Fraction(-1, 10), Fraction(1, 10)),
    ("<0.001", "half_any", -inf, Fraction(1, 1000)),
    ("< 0.001", "truncate", -inf, Fraction(1, 1000)),
    ("≤0.05", "half_any", -inf, Fraction(1, 20)),
    ("<=0.05", "half_any", -inf, Fraction(1, 20)),
    (">97", "half_any", Fraction(97), inf),
    ("≥-2", "half_any", Fraction(-2), inf),
    (">= 8", "half_any", Fraction(8), inf),
]


@pytest.mark.parametrize(("text", "rounding", "low", "high"), INTERVALS)
def test_printed_text_stands_for_its_interval(text, rounding, low, high):
    assert stands_for(text, rounding=rounding) == (low, high)


@given(decimals, places)
def test_unicode_minus_reads_as_the_hyphen_does(value, digits):
    text = rounded(-abs(value), digits, ROUND_HALF_UP)
    assert stands_for(text.replace("-", "\u2212")) == stands_for(text)


def test_strict_comparator_leaves_its_limit_out():
    assert not contains("<0.05", 0.05)
    assert contains("<0.05", 0.0499)
    assert not contains(">97", 97)
    assert contains(">97", 97.01)


def test_comparator_with_equality_holds_its_limit():
    assert contains("≤0.05", Fraction(1, 20))
    assert contains(">=97", 97)


def test_trailing_zero_narrows_the_interval():
    assert contains("0.19", 0.1904)
    assert contains("0.190", 0.1904)
    assert contains("0.19", 0.1949)
    assert not contains("0.190", 0.1949)


DISTANCES = [
    ("12.4", 12.4, 0),
    ("12.4", 12.55, 1.5),
    ("12.4", 12.25, -1.5),
    ("12.4", 12.42, 0.2),
    ("0.047", 0.0505, 3.5),
    ("52", 50.5, -1.5),
    ("<0.001", 0.0005, 0),
    ("<0.001", 0.003, 2),
    (">97", 90, -7),
]


@pytest.mark.parametrize(("text", "value", "expected"), DISTANCES)
def test_distance_counts_last_digits_from_the_number_or_from_its_limit(
    text, value, expected
):
    assert distance(text, value) == pytest.approx(expected, abs=1e-9)


REFUSED = [
    "",
    " ",
    "n.s.",
    "1,234",
    "1 234",
    "0,05",
    "12%",
    "12 %",
    "4.7 (3.1)",
    "0.635–0.986",
    "1e-3",
    "nan",
    "inf",
    "5.",
    "--1",
    "<",
    "~5",
    "1/1600",
]


@pytest.mark.parametrize("text", REFUSED)
def test_text_that_can_be_read_in_two_ways_is_refused(text):
    words = r"printed must be a number such as 0\.190, <0\.001 or -1\.5 .* but got "
    with pytest.raises(ValueError, match=words):
        parse(text)


def test_unknown_rounding_is_refused():
    words = (
        "rounding must be one of half_any, half_up, half_even, truncate, but got 'auto'"
    )
    with pytest.raises(ValueError, match=words):
        stands_for("1.0", rounding="auto")


def read_or_refused(text: str) -> str:
    try:
        low, high = stands_for(text)
    except ValueError as error:
        return str(error)
    return "read" if low < high else f"an empty interval for {text!r}"


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused_by_its_words(text):
    assert read_or_refused(text).startswith(("read", "printed must be a number"))


def test_every_rounding_holds_the_number_as_printed():
    for rounding in ROUNDINGS:
        assert contains("4.5", Fraction(9, 2), rounding=rounding)
