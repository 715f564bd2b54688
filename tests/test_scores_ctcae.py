from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejia.scores.ctcae import ctcae_grade, known
from rejia.scores.readings import Reading, reading
from rejia.scores.rules import read_rules

COUNT = "10^9/L"


def grade(value, term, version="v5", *, comparator="", unit="", baseline=None, **more):
    """Grade, or nan; the unit is the term's own where none is given."""
    terms = {rule["term"]: rule["unit"] for rule in read_rules("ctcae_terms.csv")}
    found = reading(value, comparator, unit=unit or terms[term], **more)
    graded, _ = ctcae_grade(found, term=term, version=version, baseline=baseline)
    return nan if graded is None else graded


def enzyme(value, upper=40, comparator=""):
    return reading(value, comparator, unit="U/L", upper=upper)


# instruments.md section 8, checked there against admiral's boundary tests.
@pytest.mark.parametrize("term", ["alt_increased", "ast_increased"])
@pytest.mark.parametrize(
    ("version", "baseline"),
    [("v4", None), ("v5", enzyme(40)), ("v6", enzyme(40)), ("v4", enzyme(100))],
)
def test_enzymes_against_the_upper_limit(term, version, baseline):
    values = [40, 41, 120, 121, 200, 201, 800, 801]
    found = [
        grade(value, term, version, upper=40, baseline=baseline) for value in values
    ]
    assert found == [0, 1, 1, 2, 2, 3, 3, 4]


@pytest.mark.parametrize("term", ["alt_increased", "ast_increased"])
def test_v5_grades_an_abnormal_baseline_against_itself(term):
    values = [59, 60, 120, 121, 200, 201, 800, 801]
    found = [
        grade(value, term, "v5", upper=39, baseline=enzyme(40, upper=39))
        for value in values
    ]
    assert found == [0, 1, 1, 2, 2, 3, 3, 4]


@pytest.mark.parametrize("term", ["alt_increased", "ast_increased"])
def test_v6_grades_an_abnormal_baseline_against_itself(term):
    values = [39, 40, 60, 61, 80, 81, 160, 161]
    found = [
        grade(value, term, "v6", upper=30, baseline=enzyme(40, upper=30))
        for value in values
    ]
    assert found == [0, 1, 1, 2, 2, 3, 3, 4]


def test_neutrophils_with_and_without_their_lower_limit():
    values = [0.49, 0.5, 0.99, 1, 1.49, 1.5, 1.9, 2.0]
    term = "neutrophil_count_decreased"
    for version in ("v4", "v5"):
        with_limit = [grade(v, term, version, lower=2.0) for v in values]
        assert with_limit == [4, 3, 3, 2, 2, 1, 1, 0]
        without = [grade(v, term, version) for v in values]
        assert without[:5] == [4, 3, 3, 2, 2]
        assert all(isnan(value) for value in without[5:])


# Term, version, lower limit, values around each bound, grades.
LOW_SIDE = [
    ("white_blood_cell_decreased", v, 4.0, "0.9 1 1.9 2 2.9 3 3.9 4", "43322110")
    for v in ("v4", "v5", "v6")
]
LOW_SIDE += [
    ("platelet_count_decreased", v, 150, "24 25 49 50 74 75 149 150", "43322110")
    for v in ("v4", "v5")
]
LOW_SIDE += [
    ("lymphocyte_count_decreased", v, 1.5, ".1 .2 .4 .5 .7 .8 1.4 1.5", "43322110")
    for v in ("v4", "v5")
]
LOW_SIDE += [
    ("anemia", v, 120, "79 80 99 100 119 120", "322110") for v in ("v4", "v5", "v6")
]
LOW_SIDE += [
    ("platelet_count_decreased", "v6", 150, "9 10 49 50 74 75 149 150", "43322110"),
    (
        "neutrophil_count_decreased",
        "v6",
        None,
        ".09 .1 .49 .5 .9 1 1.4 1.5",
        "43322110",
    ),
]


@pytest.mark.parametrize(("term", "version", "lower", "values", "grades"), LOW_SIDE)
def test_each_low_bound_belongs_to_the_milder_grade(
    term, version, lower, values, grades
):
    found = [grade(float(v), term, version, lower=lower) for v in values.split()]
    assert found == [int(letter) for letter in grades]


# Cabrera 2016, Table 1, patient 2 at M6, upper limit 40.
@pytest.mark.parametrize(
    ("term", "before", "value", "grades"),
    [("alt_increased", 88, 326, (3, 2, 3)), ("ast_increased", 101, 145, (2, 0, 1))],
)
def test_the_second_patient_of_cabrera_has_another_grade_in_each_version(
    term, before, value, grades
):
    found = tuple(
        grade(value, term, version, upper=40, baseline=enzyme(before))
        for version in ("v4", "v5", "v6")
    )
    assert found == grades


def test_the_first_patient_of_cabrera_without_a_lower_limit():
    term = "white_blood_cell_decreased"
    for version in ("v4", "v5", "v6"):
        assert grade(2.3, term, version, unit="G/L") == 2
        assert ctcae_grade(reading(3.14, unit="G/L"), term=term, version=version) == (
            None,
            "lower limit of normal is missing",
        )
        assert grade(3.14, term, version, unit="G/L", lower=4) == 1
        assert grade(3.14, term, version, unit="G/L", lower=3.14) == 0


def test_an_absolute_grade_holds_even_above_a_low_lower_limit():
    assert grade(2.7, "white_blood_cell_decreased", lower=2.5) == 2


@pytest.mark.parametrize(
    ("comparator", "value", "expected"),
    [("<", 40, 0), ("≤", 40, 0), (">", 800, 4), ("<", 41, None), ("≥", 800, None)],
)
def test_a_censored_enzyme_needs_one_grade_for_its_whole_interval(
    comparator, value, expected
):
    found, reason = ctcae_grade(
        enzyme(value, comparator=comparator), term="alt_increased", version="v4"
    )
    assert found == expected
    assert (reason == "") == (expected is not None)


def test_v5_baseline_that_is_unknown_decides_only_grade_0():
    unknown = Reading(reason="not measured")
    assert grade(40, "alt_increased", "v5", upper=40, baseline=unknown) == 0
    assert ctcae_grade(
        enzyme(41), term="alt_increased", version="v5", baseline=unknown
    ) == (None, "baseline is unknown: not measured")
    assert ctcae_grade(
        enzyme(41), term="alt_increased", version="v5", unknown_baseline="normal"
    ) == (1, "")


@pytest.mark.parametrize(
    ("baseline", "expected"),
    [
        (enzyme(40, comparator="<"), 3),
        (enzyme(30, comparator=">"), None),
        (enzyme(50, comparator=">"), None),
        (enzyme(50, upper=None), None),
        (enzyme(-50), None),
    ],
)
def test_a_censored_baseline_is_used_only_where_it_is_normal_throughout(
    baseline, expected
):
    found, reason = ctcae_grade(
        enzyme(326), term="alt_increased", version="v5", baseline=baseline
    )
    assert found == expected
    assert (reason == "") == (expected is not None)


@pytest.mark.parametrize("baseline", [None, enzyme(88)])
@pytest.mark.parametrize("version", ["v4", "v5", "v6"])
def test_without_an_upper_limit_no_enzyme_is_graded(version, baseline):
    found = ctcae_grade(
        reading(326, unit="U/L"),
        term="alt_increased",
        version=version,
        baseline=baseline,
    )
    assert found == (None, "upper limit of normal is missing")


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("G/L", 1), ("10^9/L", 1), ("10^3/mm3", 1), ("10^3/uL", 1), ("cells/mm3", 1000)],
)
def test_counts_are_graded_in_every_known_unit(unit, factor):
    found = [
        grade(v * factor, "white_blood_cell_decreased", unit=unit, lower=4 * factor)
        for v in (2.0, 3.0, 4.0)
    ]
    assert found == [2, 1, 0]


def test_haemoglobin_in_grams_per_decilitre_is_converted():
    assert grade(9.9, "anemia", unit="g/dL", lower=12) == 2
    assert grade(10.0, "anemia", unit="g/dL", lower=12) == 1


@pytest.mark.parametrize(
    ("unit", "reason"),
    [
        ("", "unit is missing; 10^9/L is needed"),
        ("g/L", "unit 'g/L' is unknown; 10^9/L is needed"),
        ("cells", "unit 'cells' is unknown; 10^9/L is needed"),
    ],
)
def test_without_a_known_unit_there_is_no_grade(unit, reason):
    found = reading(2.3, unit=unit, lower=4)
    assert ctcae_grade(found, term="white_blood_cell_decreased", version="v5") == (
        None,
        reason,
    )


def test_v6_has_no_grade_for_lymphocytes():
    found = ctcae_grade(
        reading(0.1, unit=COUNT), term="lymphocyte_count_decreased", version="v6"
    )
    assert found == (None, "v6 has no rule for it")


def test_a_value_below_zero_is_not_grade_0():
    found = ctcae_grade(
        reading(-1, unit="U/L", upper=40), term="alt_increased", version="v4"
    )
    assert found == (None, "-1 is below zero")


@given(
    st.sampled_from(["v4", "v5", "v6"]),
    st.integers(0, 2000),
    st.integers(0, 2000),
    st.integers(10, 60),
    st.integers(0, 200),
)
def test_a_higher_enzyme_never_has_a_milder_grade(
    version, first, second, upper, before
):
    low, high = sorted((first, second))
    baseline = enzyme(before, upper=upper)
    milder, worse = (
        grade(value, "alt_increased", version, upper=upper, baseline=baseline)
        for value in (low, high)
    )
    assert milder <= worse


@pytest.mark.parametrize("version", known("version"))
@pytest.mark.parametrize("term", known("term"))
@pytest.mark.parametrize("baseline", ["any", "normal", "abnormal"])
def test_rules_ask_the_worst_grade_first(version, term, baseline):
    grades = [
        int(rule["grade"])
        for rule in read_rules("ctcae_grades.csv")
        if (rule["version"], rule["term"], rule["baseline"])
        == (version, term, baseline)
    ]
    assert grades == sorted(set(grades), reverse=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [("term", "ggt"), ("version", "v3"), ("unknown_baseline", "low")],
)
def test_an_unknown_choice_is_refused_by_name(name, value):
    choices = {"term": "anemia", "version": "v5", name: value}
    with pytest.raises(
        ValueError, match=f"{name} must be one of .*, but got '{value}'"
    ):
        ctcae_grade(reading(1, unit="g/L"), **choices)
