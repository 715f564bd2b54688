from itertools import pairwise

import pytest

from rejia.scores.intervals import relation
from rejia.scores.jadas_state import (
    COURSES,
    jadas_state,
    known,
    sets_for,
    state_rules,
)
from rejia.scores.readings import Reading, reading
from rejia.scores.rules import region

CONSOLARO = "consolaro_2012_2014"
TRINCIANTI = "trincianti_2021"
BACKSTROM = "backstrom_2019"
CABRERA = "cabrera_2016_as_printed"


def state(score, cutoffs=CONSOLARO, layout="cjadas10", course="poly", comparator=""):
    return jadas_state(
        reading(score, comparator), cutoffs=cutoffs, layout=layout, course=course
    )[0]


# instruments.md section 5: states of a clinical JADAS, polyarticular course.
STATES = [
    (0, "inactive", "inactive", "inactive"),
    (1.0, "inactive", "low", "inactive"),
    (2.5, "low", "unclassified", "inactive"),
    (2.6, "moderate", "moderate", "minimal"),
    (8.5, "moderate", "moderate", "moderate"),
    (14, "high", "high", "moderate"),
    (20, "high", "high", "high"),
]


@pytest.mark.parametrize(("score", "consolaro", "cabrera", "trincianti"), STATES)
def test_states_match_the_worked_table(score, consolaro, cabrera, trincianti):
    assert state(score) == consolaro
    assert state(score, CABRERA) == cabrera
    assert state(score, TRINCIANTI) == trincianti


# Set, layout, course: the last value of each class, and the first of the next.
BOUNDS = [
    (CONSOLARO, "jadas10", "oligo", "1 1.1 2 2.1 4.2 4.3"),
    (CONSOLARO, "jadas10", "poly", "1 1.1 3.8 3.9 10.5 10.6"),
    (CONSOLARO, "jadas27", "oligo", "1 1.1 2 2.1 4.2 4.3"),
    (CONSOLARO, "jadas27", "poly", "1 1.1 3.8 3.9 8.5 8.6"),
    (CONSOLARO, "jadas71", "oligo", "1 1.1 2 2.1 4.2 4.3"),
    (CONSOLARO, "jadas71", "poly", "1 1.1 3.8 3.9 10.5 10.6"),
    (CONSOLARO, "cjadas10", "oligo", "1 1.1 1.5 1.6 4 4.1"),
    (CONSOLARO, "cjadas10", "poly", "1 1.1 2.5 2.6 8.5 8.6"),
    (TRINCIANTI, "jadas10", "oligo", "1.4 1.5 4 4.1 13 13.1"),
    (TRINCIANTI, "jadas10", "poly", "2.7 2.8 6 6.1 17 17.1"),
    (TRINCIANTI, "cjadas10", "oligo", "1.1 1.2 4 4.1 12 12.1"),
    (TRINCIANTI, "cjadas10", "poly", "2.5 2.6 5 5.1 16 16.1"),
]


@pytest.mark.parametrize(("cutoffs", "layout", "course", "scores"), BOUNDS)
def test_each_cut_off_parts_its_two_sides(cutoffs, layout, course, scores):
    low = "minimal" if cutoffs == TRINCIANTI else "low"
    expected = ["inactive", low, low, "moderate", "moderate", "high"]
    found = [state(float(s), cutoffs, layout, course) for s in scores.split()]
    assert found == expected


@pytest.mark.parametrize(
    ("layout", "course", "inactive", "low", "last"),
    [
        ("jadas10", "oligo", 0.5, 0.6, 3.8),
        ("jadas10", "poly", 0.7, 0.8, 5.1),
        ("cjadas10", "oligo", 0.5, 0.6, 3.8),
        ("cjadas10", "poly", 0.7, 0.8, 5.0),
    ],
)
def test_backstrom_leaves_undecided_what_it_does_not_give(
    layout, course, inactive, low, last
):
    found = [
        state(score, BACKSTROM, layout, course)
        for score in (0, inactive, inactive + 0.05, low, last, last + 0.1)
    ]
    assert found == [
        "inactive",
        "inactive",
        "unclassified",
        "low",
        "low",
        "unclassified",
    ]


@pytest.mark.parametrize("score", [2.5, 2.505])
def test_the_printed_classes_of_cabrera_have_a_gap(score):
    level, reason = jadas_state(
        reading(score), cutoffs=CABRERA, layout="cjadas10", course="poly"
    )
    assert level == "unclassified"
    assert "gap" in reason


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (0.99, "inactive"),
        (1, "low"),
        (2.49, "low"),
        (2.51, "moderate"),
        (8.5, "moderate"),
        (8.51, "high"),
    ],
)
@pytest.mark.parametrize("course", ["oligo", "poly"])
def test_the_printed_signs_of_cabrera_are_strict(score, expected, course):
    assert state(score, CABRERA, course=course) == expected


def test_binary_fractions_do_not_move_a_score_over_a_cut_off():
    assert 0.1 + 0.2 != 0.3
    assert state(3.8, layout="jadas10") == "low"
    assert state(4.2, layout="jadas27", course="oligo") == "moderate"


@pytest.mark.parametrize(
    ("comparator", "limit", "expected"),
    [
        ("<", 1, "inactive"),
        ("≤", 1, "inactive"),
        ("<", 1.1, "unclassified"),
        (">", 8.5, "high"),
        ("≥", 8.5, "unclassified"),
        (">", 2.5, "unclassified"),
    ],
)
def test_a_censored_score_needs_one_class_for_its_whole_interval(
    comparator, limit, expected
):
    assert state(limit, comparator=comparator) == expected


def test_a_censored_score_names_the_classes_it_may_be_in():
    _, reason = jadas_state(
        reading(2, "<"), cutoffs=CONSOLARO, layout="cjadas10", course="poly"
    )
    assert reason == "censored (<2) across inactive, low"


@pytest.mark.parametrize(
    ("score", "layout"),
    [(-0.1, "cjadas10"), (30.1, "cjadas10"), (40.1, "jadas10"), (101.1, "jadas71")],
)
def test_a_score_outside_its_scale_has_no_class(score, layout):
    level, reason = jadas_state(
        reading(score), cutoffs=CONSOLARO, layout=layout, course="poly"
    )
    assert level == "unclassified"
    assert "outside the scale" in reason


def test_a_missing_score_keeps_its_reason():
    found = jadas_state(
        Reading(reason="not measured"),
        cutoffs=CONSOLARO,
        layout="cjadas10",
        course="poly",
    )
    assert found == ("unclassified", "not measured")


def test_a_set_without_cut_offs_for_the_score_is_refused():
    with pytest.raises(ValueError, match=r"for jadas71 and poly \(consolaro_2012_2014"):
        jadas_state(reading(1), cutoffs=TRINCIANTI, layout="jadas71", course="poly")


COMBINATIONS = [
    (cutoffs, layout, course)
    for layout in known("layout")
    for course in COURSES
    for cutoffs in sets_for(layout, course)
]


@pytest.mark.parametrize(("cutoffs", "layout", "course"), COMBINATIONS)
def test_classes_cover_the_scale_without_overlap(cutoffs, layout, course):
    regions = [region(rule) for rule in state_rules(cutoffs, layout, course)]
    assert len(regions) >= (2 if cutoffs == "rosina_2024" else 4)
    for first, second in pairwise(regions):
        assert first.high == second.low
        assert first.high_closed != second.low_closed
        assert relation(first, second) == "outside"


def test_trincianti_and_backstrom_give_no_cut_offs_for_more_joints():
    assert sets_for("jadas71", "poly") == (CONSOLARO,)
    assert sets_for("jadas27", "oligo") == (CONSOLARO,)
    assert sets_for("cjadas10", "poly") == (CONSOLARO, TRINCIANTI, BACKSTROM, CABRERA)
