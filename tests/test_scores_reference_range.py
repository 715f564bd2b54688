import pytest

from rejia.scores.readings import Reading, reading
from rejia.scores.reference_range import conventions, reference_range

INCLUSIVE, EXCLUSIVE = "upper_inclusive", "upper_exclusive"


def place(value, convention=INCLUSIVE, comparator="", lower=None, upper=None):
    found = reading(value, comparator, lower=lower, upper=upper)
    return reference_range(found, convention=convention)[0]


# Cabrera 2016, Table 1: dsDNA antibodies, positive above 7 UI/mL.
@pytest.mark.parametrize(
    ("value", "comparator", "expected"),
    [
        (7.4, "", "above"),
        (7.1, "", "above"),
        (7, "", "within"),
        (97, ">", "above"),
        (7, ">", "above"),
        (7, "≥", "unclassified"),
    ],
)
def test_a_threshold_printed_as_above_7_leaves_7_within(value, comparator, expected):
    assert place(value, INCLUSIVE, comparator, upper=7) == expected


# Cabrera 2016, Table 1: CK (<200 U/L), ASAT and ALAT (<40 U/L).
@pytest.mark.parametrize(
    ("value", "comparator", "expected"),
    [
        (39.9, "", "within"),
        (40, "", "above"),
        (40, "<", "within"),
        (40, "≤", "unclassified"),
        (41, "<", "unclassified"),
    ],
)
def test_a_range_printed_as_below_40_puts_40_above(value, comparator, expected):
    assert place(value, EXCLUSIVE, comparator, upper=40) == expected


@pytest.mark.parametrize("convention", [INCLUSIVE, EXCLUSIVE])
@pytest.mark.parametrize(
    ("value", "expected"), [(3.9, "below"), (4, "within"), (10.1, "above")]
)
def test_the_lower_limit_itself_is_within(value, expected, convention):
    assert place(value, convention, lower=4, upper=10) == expected


def test_one_limit_leaves_the_other_side_open():
    assert place(0, upper=5) == "within"
    assert place(1000, lower=4) == "within"
    assert place(4, comparator="<", lower=4) == "below"


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (reading(4), "no limit of normal"),
        (reading(4, lower=5, upper=3), "the lower limit of normal is above the upper"),
        (reading(6, "<", upper=5), "censored (<6) across a limit"),
        (Reading(reason="value is text (1/1600)"), "value is text (1/1600)"),
    ],
)
def test_what_cannot_be_placed_says_why(found, reason):
    assert reference_range(found, convention=INCLUSIVE) == ("unclassified", reason)


def test_an_unknown_convention_is_refused():
    assert conventions() == (INCLUSIVE, EXCLUSIVE)
    with pytest.raises(ValueError, match="convention must be one of upper_inclusive"):
        reference_range(reading(1), convention="strict")
