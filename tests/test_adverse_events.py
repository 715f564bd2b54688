"""Adverse events: exposure, counts and rates, observed, published and drawn."""

import itertools
from math import inf, isnan, nan
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from present_material import words
from rejia.analyses import run_analyses
from rejia.analyses.rows import CohortRows
from rejia.cohort import check_cohort
from rejia.contracts import COHORT_TABLES, GROUPS, SCORES
from rejia.disclosure import suppress
from rejia.ensemble import draw_cohort
from rejia.facts import read_facts
from rejia.frame import parse_columns
from rejia.present.tables import build_tables
from rejia.results import gather_results
from rejia.scores.courses import Calendar, Course, exposure
from rejia.stats.proportions import proportion
from rejia.stats.rates import poisson_rate
from rejia.study import Study, read_study

ROOT = Path(__file__).parents[1]
VISITS = [("p1", 0), ("p1", 365), ("p2", 0), ("p2", 100), ("p3", 0), ("p3", 200)]
TREATMENTS = [
    ("p1", "Tocilizumab", "0", ""),
    ("p2", "tocilizumab", "0", "50"),
    ("p2", "tocilizumab", "30", "80"),
    ("p3", "methotrexate", "0", ""),
]
EVENTS = [
    ("p1", 10, "infection", 2, "no"),
    ("p1", 365, "infection", 3, "yes"),
    ("p1", 20, "neutropenia", 4, "no"),
    ("p2", 90, "infection", 1, "no"),
    ("p2", nan, "neutropenia", nan, "no"),
    ("p3", 10, "infection", 5, "yes"),
]


def table(name, rows, columns):
    cells = {column: [] for column in columns}
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            is_empty = isinstance(value, float) and isnan(value)
            cells[column].append("" if is_empty else str(value))
    return parse_columns(cells, COHORT_TABLES[name])[1]


def definition(**changes):
    return {
        "id": "safety",
        "test": "adverse_event_rate",
        "drugs": ["tocilizumab"],
    } | changes


def study(**changes):
    return Study.model_validate(
        {
            "study": "s",
            "title": "t",
            "citation": "c",
            "sources": {"cohort": "x"},
            "visits": {f"v{at}": {"label": "v"} for at in range(6)},
            "analyses": [definition(**changes)],
            "tables": ["adverse_events"],
        }
    )


def cohort(events=EVENTS):
    tables = {
        name: parse_columns({column: [] for column in contract}, contract)[1]
        for name, contract in COHORT_TABLES.items()
    }
    tables["patients"] = table("patients", [("p1",), ("p2",), ("p3",)], ["patient"])
    visits = [(p, f"v{at}", day) for at, (p, day) in enumerate(VISITS)]
    tables["visits"] = table("visits", visits, ["patient", "visit", "day"])
    tables["treatments"] = table(
        "treatments", TREATMENTS, ["patient", "drug", "start", "stop"]
    )
    tables["adverse_events"] = table(
        "adverse_events", events, ["patient", "day", "term", "grade", "serious"]
    )
    return tables


def estimates(events=EVENTS, **changes):
    wanted = study(**changes)
    rows = CohortRows(
        study=wanted,
        tables=cohort(events),
        scores=pd.DataFrame(columns=list(SCORES)),
        groups=pd.DataFrame(columns=list(GROUPS)),
    )
    return run_analyses(wanted, cohort=rows, facts=None)


def row(found, statistic, component=""):
    mine = found[(found["statistic"] == statistic) & (found["component"] == component)]
    assert len(mine) == 1
    return mine.iloc[0]


# By hand: 365 days of p1, 80 of p2 (two courses that overlap), none of p3.
def test_patient_years_are_the_union_of_the_courses_of_the_drugs():
    years = row(estimates(), "patient_years")
    assert years["estimate"] == pytest.approx(445 / 365.25)
    assert (years["n"], years["n_missing"]) == (2, 1)


def test_events_count_under_treatment_on_the_last_visit_too():
    found = estimates()
    infections = row(found, "events", "infection")
    assert infections["estimate"] == 2
    assert row(found, "n", "infection")["estimate"] == 1
    assert row(found, "events")["estimate"] == 4
    told = row(found, "patient_years")["warning"]
    assert told == (
        "1 events without a day counted; 2 events outside treatment left out"
    )


def test_rates_and_shares_are_those_of_the_exact_statistics():
    found = estimates()
    rate = row(found, "rate", "infection")
    wanted = poisson_rate(2, 4.45 / 365.25)
    assert (rate["estimate"], rate["ci_low"], rate["ci_high"]) == pytest.approx(
        (wanted.estimate, wanted.ci_low, wanted.ci_high)
    )
    assert rate["unit"] == "per 100 patient-years"
    each = row(found, "rate_per_patient", "infection")
    assert each["estimate"] == 1
    assert "independent" in each["warning"]
    share, exact = (
        row(found, "proportion", "infection"),
        proportion(1, 2, method="clopper_pearson"),
    )
    assert share["ci_high"] == pytest.approx(exact.ci_high)
    assert row(found, "rate", "neutropenia")["warning"] == ""


# Rates in R 4: poisson.test(2, 445 / 365.25)$conf.int * 100.
def test_rate_agrees_with_poisson_test_of_r():
    rate = row(estimates(), "rate", "infection")
    assert rate["estimate"] == pytest.approx(164.157303, abs=1e-5)
    assert rate["ci_low"] == pytest.approx(19.880211, abs=1e-5)
    assert rate["ci_high"] == pytest.approx(592.992623, abs=1e-5)


CHOICES = [
    ({"days_after": 10}, 3, 2),
    ({"days_after": 9}, 2, 1),
    ({"undated": "left_out"}, 2, 1),
    ({"min_grade": 3}, 1, 1),
    ({"min_grade": 2}, 2, 1),
    ({"serious_only": True}, 1, 1),
    ({"drugs": ["methotrexate"]}, 1, 1),
    ({"drugs": ["tocilizumab", "methotrexate"]}, 3, 2),
]


@pytest.mark.parametrize(("changes", "events", "patients"), CHOICES)
def test_declared_choices_decide_what_counts(changes, events, patients):
    found = estimates(**changes)
    assert row(found, "events", "infection")["estimate"] == events
    assert row(found, "n", "infection")["estimate"] == patients


def test_declared_terms_are_shown_with_none_and_bound_the_sum():
    found = estimates(terms=["neutropenia", "fracture"])
    assert row(found, "events", "fracture")["estimate"] == 0
    assert row(found, "rate", "fracture")["ci_low"] == 0
    assert row(found, "events")["estimate"] == 2
    assert "infection" not in set(found["component"])


def test_no_treatment_at_all_gives_counts_and_says_there_is_no_exposure():
    found = estimates(drugs=["rituximab"])
    assert row(found, "patient_years")["estimate"] == 0
    assert row(found, "rate")["warning"] == "no exposure"
    assert isnan(row(found, "rate")["estimate"])


def test_results_and_table_show_each_event_once():
    found = estimates()
    results, _ = gather_results(study(), found)
    built = build_tables(study(), {"results.tsv": results}, words())[0]
    text = [[cell.text for cell in each.cells] for each in built.rows]
    assert text[1][:4] == ["Any event", "2/2", "100.0 (15.8–100.0)", "4"]
    assert text[2][0] == "Infection"
    assert "1.218 patient-years under treatment in 2 patients." in [
        note for _, note in built.footnotes
    ]


def many(n_neutropenia):
    """Return results of 60 patients, 30 with an infection, few with neutropenia."""
    wanted = study(terms=["infection", "neutropenia"])
    tables = cohort([])
    names = [f"q{at:02d}" for at in range(60)]
    tables["patients"] = table("patients", [(n,) for n in names], ["patient"])
    visits = [(n, v, d) for n in names for v, d in (("v0", 0), ("v1", 365))]
    tables["visits"] = table("visits", visits, ["patient", "visit", "day"])
    given_to = [(n, "tocilizumab", "0") for n in names]
    tables["treatments"] = table("treatments", given_to, ["patient", "drug", "start"])
    events = [(n, 10, "infection") for n in names[:30]]
    events += [(n, 20, "neutropenia") for n in names[:n_neutropenia]]
    tables["adverse_events"] = table(
        "adverse_events", events, ["patient", "day", "term"]
    )
    rows = CohortRows(
        study=wanted,
        tables=tables,
        scores=pd.DataFrame(columns=list(SCORES)),
        groups=pd.DataFrame(columns=list(GROUPS)),
    )
    found = run_analyses(wanted, cohort=rows, facts=None)
    results, _ = gather_results(wanted, found)
    return suppress({"results": results}, study=wanted, min_cell=5).tables["results"]


def test_few_patients_with_an_event_are_withheld_and_so_is_the_sum():
    shown = many(2)
    assert isnan(row(shown, "events", "neutropenia")["estimate"])
    assert isnan(row(shown, "rate", "neutropenia")["estimate"])
    assert isnan(row(shown, "events")["estimate"])
    assert row(shown, "events", "infection")["estimate"] == 30
    assert row(many(10), "events")["estimate"] == 40
    assert row(many(0), "events")["estimate"] == 30


COURSES = [
    ([], []),
    ([Course(0, inf)], [(0, 365)]),
    ([Course(-inf, 100)], [(0, 100)]),
    ([Course(-30, 100)], [(-30, 100)]),
    ([Course(0, 100), Course(100, 200)], [(0, 200)]),
    ([Course(0, 100), Course(101, 200)], [(0, 100), (101, 200)]),
    ([Course(0, 400)], [(0, 365)]),
    ([Course(400, inf)], []),
    ([Course(nan, 100)], None),
    ([Course(0, nan)], None),
]


@pytest.mark.parametrize(("courses", "spans"), COURSES)
def test_exposure_is_the_union_of_courses_up_to_the_last_visit(courses, spans):
    assert exposure(courses, first=0, last=365) == spans


days = st.integers(0, 60)


@given(st.lists(st.tuples(days, days), max_size=6))
def test_exposure_has_the_days_that_any_course_has(pairs):
    courses = [Course(start, stop) for start, stop in pairs]
    spans = exposure(courses, first=0, last=50)
    there = {d for start, stop in pairs for d in range(start, min(stop, 50))}
    assert {d for start, stop in spans for d in range(start, stop)} == there
    assert all(a[1] < b[0] for a, b in itertools.pairwise(spans))


def test_courses_are_read_as_days_or_dates():
    calendar = Calendar(
        [{"visit": "a", "day": 0, "date": "2020-01-01"}, {"visit": "b", "day": 10}]
    )
    assert calendar.course({"start": "2020-01-03", "stop": ""}) == Course(2, inf)
    assert (calendar.first, calendar.last) == (0, 10)


def alexeeva():
    wanted = read_study(ROOT / "config" / "studies" / "alexeeva2013.yaml")
    facts = read_facts(ROOT / "data" / "published" / "alexeeva2013" / "facts.tsv")
    tables = draw_cohort(wanted, facts, seed=1)
    rows = CohortRows(
        study=wanted,
        tables=tables,
        scores=pd.DataFrame(columns=list(SCORES)),
        groups=pd.DataFrame(columns=list(GROUPS)),
    )
    return wanted, tables, run_analyses(wanted, cohort=rows, facts=facts)


# 64 % and 73 % of 75 are 48 and 55 patients, and no other whole number.
def test_alexeeva_has_inactive_disease_from_facts_and_from_a_drawn_cohort():
    wanted, tables, found = alexeeva()
    assert check_cohort(wanted, tables) == []
    inactive = found[
        (found["outcome"] == "inactive_disease")
        & (found["level"] == "inactive")
        & (found["statistic"] == "n")
    ]
    for visit, count in (("month_6", 48), ("month_12", 55)):
        both = inactive[inactive["visit"] == visit]
        assert dict(zip(both["cohort_kind"], both["estimate"], strict=True)) == {
            "published_summary": count,
            "drawn": count,
        }


def test_alexeeva_has_safety_from_facts_and_from_a_drawn_cohort():
    wanted, tables, found = alexeeva()
    safety = found[found["outcome"] == "adverse_events"]
    named = safety[safety["cohort_kind"] == "published_summary"]
    counts = named[named["statistic"] == "n"]
    assert len(counts) == len(wanted.draw.adverse_events) == 4
    assert set(counts["ci_low"]) == {1}
    assert set(counts["ci_high"]) == {75}
    assert counts["estimate"].isna().all()
    assert row(found, "patient_years")["estimate"] == pytest.approx(75 * 365 / 365.25)
    drawn = safety[safety["cohort_kind"] == "drawn"]
    assert drawn["warning"].str.contains("says nothing of how often").all()
    for term in wanted.draw.adverse_events:
        had = tables["adverse_events"].query("term == @term")["patient"]
        assert 1 <= len(had) == had.nunique() <= 75
        mine = drawn[(drawn["component"] == term) & (drawn["statistic"] == "n")]
        assert mine["estimate"].tolist() == [len(had)]
    results, _ = gather_results(wanted, found)
    built = build_tables(wanted, {"results.tsv": results}, words())
    table = next(one for one in built if one.id == "adverse_events")
    assert [r.cells[1].text for r in table.rows if not r.is_heading][:4] == [
        "1 to 75"
    ] * 4
    assert table.label
