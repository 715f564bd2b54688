"""Worked numbers of the instruments' definitions that no other test holds."""

from fractions import Fraction
from math import sqrt
from pathlib import Path
from statistics import stdev

import pytest

from present_material import words
from rejia.analyses.published import allowed_counts
from rejia.cohort import read_cohort
from rejia.disclosure import derive_course
from rejia.groups import derive_groups
from rejia.present.patients import UNEQUAL, patient_by_visit
from rejia.scores import derive_scores
from rejia.scores.jadas_state import known
from rejia.stats.agreement import (
    smallest_detectable_change,
    smallest_detectable_difference,
)
from rejia.stats.positions import cumulative_positions
from rejia.study import read_study

ROOT = Path(__file__).parents[1]


# Section 2: means of groups of 10, 8 and 22 patients make the printed means of all.
@pytest.mark.parametrize(
    ("sites", "printed"),
    [
        ((0.66, 0.41, 0.83, 0.64, 0.48), "6.04"),
        ((0.69, 0.38, 1.36, 0.60, 0.41), "6.88"),
    ],
)
def test_twice_the_means_of_single_joints_is_a_patients_total(sites, printed):
    assert 2 * sum(Fraction(str(site)) for site in sites) == Fraction(printed)


def test_joints_of_aoki_by_grade_are_all_joints_read():
    assert 257 + 71 + 70 == 398 == 400 - 2


# Section 4: 90, 84 and 68 % cannot come from 32 patients; they fit 31.
def test_responses_of_aoki_at_week_12_fit_31_patients_and_not_32():
    printed = ("90", "84", "68")
    assert [allowed_counts(text, 31) for text in printed] == [[28], [26], [21]]
    assert [] in [allowed_counts(text, 32) for text in printed]


# Section 2: 11, 61 and 34 % are of 38, but 4 + 23 + 13 patients are 40.
def test_changes_of_the_hands_of_aoki_are_percentages_of_38():
    assert [allowed_counts(text, 38) for text in ("11", "61", "34")] == [
        [4],
        [23],
        [13],
    ]
    assert 4 + 23 + 13 == 40


# Section 6: 64 and 73 % of 75.
def test_inactive_disease_of_alexeeva_is_48_and_55_of_75():
    assert (allowed_counts("64", 75), allowed_counts("73", 75)) == ([48], [55])


# Section 8, second patient of Cabrera: multiples of the limit and of the baseline.
def test_multiples_behind_the_grades_of_the_second_patient():
    assert [round(326 / 40, 2), round(326 / 88, 2)] == [8.15, 3.7]
    assert [145 / 40, round(145 / 101, 2)] == [3.625, 1.44]


CHANGES = [(0, 1), (1, 1), (3, 2), (-1, 0), (2, 2), (5, 3), (0, -1), (4, 6)]
STATUSES = [(10, 9), (4, 5), (7, 7), (0, 1), (12, 14), (20, 18), (3, 3), (8, 9)]


# Section 10: the spread between the readers behind the smallest detectable values.
def test_spread_of_the_differences_behind_the_smallest_detectable_values():
    spread = stdev(a - b for a, b in CHANGES)
    assert spread == pytest.approx(1.3093073414, abs=1e-10)
    change = smallest_detectable_change(CHANGES, k=2, level=0.95).estimate
    assert change == pytest.approx(1.96 * spread / 2)
    spread = stdev(a - b for a, b in STATUSES)
    assert spread == pytest.approx(1.2817398889, abs=1e-10)
    assert spread / sqrt(2) == pytest.approx(0.9063269672, abs=1e-10)
    difference = smallest_detectable_difference(STATUSES, k=1, level=0.95).estimate
    assert difference == pytest.approx(1.96 * spread)


PLOT = (-1, 0, 0, 0, 0.5, 1.5, 2, 6)
POSITIONS = [
    ("i/n", (12.5, 25, 37.5, 50, 62.5, 75, 87.5, 100)),
    ("(i-0.5)/n", (6.25, 18.75, 31.25, 43.75, 56.25, 68.75, 81.25, 93.75)),
]


@pytest.mark.parametrize(("position", "percents"), POSITIONS)
def test_positions_of_a_probability_plot(position, percents):
    found = cumulative_positions([6, 0, -1, 0.5, 0, 2, 1.5, 0], position=position)
    assert found == list(zip(percents, PLOT, strict=True))


def test_positions_refuse_what_they_do_not_know():
    with pytest.raises(ValueError, match="position must be one of i/n"):
        cumulative_positions([1], position="i/(n+1)")
    with pytest.raises(ValueError, match="values must be finite, but got nan"):
        cumulative_positions([float("nan")], position="i/n")


STATES = {
    "cabrera_2016_as_printed": ("high", "inactive", "inactive", "high", "low"),
    "consolaro_2012_2014": ("high", "inactive", "inactive", "high", "inactive"),
    "trincianti_2021": ("high", "inactive", "inactive", "moderate", "inactive"),
    "backstrom_2019": (
        "not classified",
        "inactive",
        "inactive",
        "not classified",
        "low",
    ),
}


# Section 5: cJADAS 20, 0, 0 and 14, 1, 0; the sets disagree about 14 and 1.
def test_cabrera_shows_its_states_under_every_set_and_marks_disagreement():
    study = read_study(ROOT / "config" / "studies" / "cabrera2016.yaml")
    _, tables = read_cohort(study, ROOT / "data" / "cohorts" / "cabrera2016")
    scores = derive_scores(study, tables)
    sets = {c for c in known("cutoffs") if not c.startswith("rosina")}
    assert sets == set(study.variables["cjadas_state"].cutoffs) == set(STATES)
    course = derive_course(tables, scores, derive_groups(study, tables, scores))
    labels = words()
    table = patient_by_visit(study, {"course.tsv": course}, labels)
    for cutoffs, levels in STATES.items():
        named = f"({labels.text(f'names.{cutoffs}')})"
        (row,) = [r for r in table.rows if r.cells[0].text.endswith(named)]
        found = [cell.text for cell in row.cells[1:]]
        assert [text.removesuffix(f" {UNEQUAL}") for text in found] == [
            *levels,
            "inactive",
        ]
        assert [text.endswith(UNEQUAL) for text in found] == [
            *[False] * 3,
            True,
            True,
            False,
        ]
