"""What large cohorts are spared: rows that say the same are judged once."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rejia.coded import cells_of, kinds_of, records
from rejia.cohort import check, date_rules, exclusions, rules
from rejia.frame import repeated_keys
from rejia.study import Study, read_study

DEFINITION = """\
study: large
title: A study
citation: large
sources: {cohort: cohorts/large}
visits:
  first: {label: First, month: 0}
  second: {label: Second, month: 6}
  last: {label: Last}
  third: {label: Third, month: 12}
variables:
  onset: {label: Onset, unit: years, per: patient}
  crp: {label: CRP, unit: mg/L}
exclusions:
  - {id: young, label: Young, rule: outside, of: onset, min: 2}
  - {id: lost, label: Lost, rule: missing_visit, visits: [third]}
"""
TEXTS = st.sampled_from(["", "a", "b"])
NUMBERS = st.sampled_from([0.0, -0.0, 1.5, float("nan")])


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    path = tmp_path_factory.mktemp("large") / "large.yaml"
    path.write_text(DEFINITION, encoding="utf-8")
    return read_study(path)


def table(rows, columns, numbers=()):
    """Return rows as a frame of texts, and numbers in the columns that are named."""
    return pd.DataFrame(
        {
            name: pd.Series(
                [row[place] for row in rows],
                dtype="float64" if name in numbers else "str",
            )
            for place, name in enumerate(columns)
        }
    )


ROWS = st.lists(st.tuples(TEXTS, NUMBERS, TEXTS), max_size=12)


@given(ROWS)
def test_rows_are_of_one_kind_where_they_read_alike(rows):
    frame = table(rows, ["x", "y", "z"], ["y"])
    which, first = kinds_of(frame, ["x", "y", "z"])
    shown = [tuple(map(repr, row)) for row in rows]
    assert [shown[first[kind]] for kind in which] == shown
    assert [shown.index(row) for row in dict.fromkeys(shown)] == first.tolist()


@given(ROWS)
def test_rows_leave_a_frame_as_pandas_gives_them(rows):
    frame = table(rows, ["x", "y", "z"], ["y"])
    assert repr(list(records(frame))) == repr(frame.to_dict("records"))
    pairs = frame[["z", "y"]].itertuples(index=False, name=None)
    assert repr(list(cells_of(frame, "z", "y"))) == repr(list(pairs))


@given(st.lists(st.tuples(TEXTS, NUMBERS), max_size=12))
def test_a_repeated_key_is_that_of_an_earlier_line(rows):
    frame = table(rows, ["key", "number"], ["number"])
    seen: dict[tuple[str, str], int] = {}
    expected = []
    for line, (key, number) in enumerate(rows, start=2):
        own = key, str(number).replace("nan", "")
        if own in seen:
            expected.append((line, f"is already given in line {seen[own]}"))
        seen.setdefault(own, line)
    found = repeated_keys(frame, ["key", "number"])
    assert [(fault.line, fault.what) for fault in found] == expected


VISITS = st.lists(
    st.tuples(
        st.sampled_from(["p1", "p2", "p3", ""]),
        st.sampled_from(["first", "second", "last", "third", "other"]),
        st.sampled_from([0.0, 1.0, 1.5, 2.0, 366.0, float("nan"), float("inf")]),
        st.sampled_from(["", "2012-05-07", "2012-05-08", "2012-05-09", "2013-05-08"]),
    ),
    max_size=9,
)


@settings(max_examples=150)
@given(rows=VISITS)
def test_visits_that_are_passed_over_have_no_fault(study, rows):
    visits = table(rows, ["patient", "visit", "day", "date"], ["day"])
    columns = ["patient", "visit", "variable", "value", "text"]
    tables = {
        "patients": table([("p1", 3.0)], ["patient", "onset"], ["onset"]),
        "visits": visits,
        "measurements": table([], columns, ["value"]),
    }

    def told():
        return [
            *date_rules.visit_order(study, visits),
            *rules.rule_warnings(study, tables),
        ]

    found = told()
    with pytest.MonkeyPatch.context() as patch:
        everyone = np.ones(len(visits), dtype=bool)
        patch.setattr(date_rules, "_is_in_doubt", lambda *_: everyone)
        assert found == told()


def test_visits_in_order_are_not_gone_through_one_by_one(study):
    rows = [
        (f"p{patient}", visit, day, "")
        for patient in range(5)
        for visit, day in (("first", 0.0), ("second", 180.0), ("third", 365.0))
    ]
    visits = table(rows, ["patient", "visit", "day", "date"], ["day"])
    assert list(date_rules.visit_pairs(study, visits)) == []
    visits.loc[4, "day"] = 400.0
    assert {p.patient for p, _ in date_rules.visit_pairs(study, visits)} == {"p1"}


def test_whom_an_exclusion_fits_is_found_once(study, monkeypatch):
    rows = [(f"p{n}", float(n % 4)) for n in range(40)]
    tables = {
        "patients": table(rows, ["patient", "onset"], ["onset"]),
        "visits": table([(p, "third") for p, _ in rows[::2]], ["patient", "visit"]),
    }
    asked = []
    fits = exclusions._fits
    monkeypatch.setattr(
        exclusions, "_fits", lambda *of: asked.append(of[1].id) or fits(*of)
    )
    made = exclusions.exclude(study, tables)
    assert asked == ["young", "lost"]
    assert made.counts == {"young": 20, "lost": 10}


def test_of_many_unknown_names_the_first_have_a_nearest_one(monkeypatch):
    monkeypatch.setattr(check, "_MOST_COMPARED", 6)
    found = check._unknown(
        table([("patient1",), ("patient2",), ("patient3",)], ["patient"]),
        "patient",
        ["patient7", "x", "y"],
        "is not there",
    )
    hint = "; did you mean 'patient7'?"
    assert [f.what.removeprefix("is not there") for f in found] == [hint, hint, ""]


def measurements(rows):
    return table(rows, ["patient", "visit", "variable", "value", "text"], ["value"])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["p1", "p2", "p3", "p4"]),
            st.sampled_from(["first", "second"]),
            st.sampled_from(["crp", "esr"]),
            st.sampled_from([1.0, 2.0, float("nan")]),
            st.sampled_from(["", "x"]),
        ),
        max_size=24,
    )
)
def test_copies_are_patients_whose_sorted_rows_are_the_same(rows):
    own: dict[str, list[tuple[str, ...]]] = {}
    for patient, *cells in rows:
        own.setdefault(patient, []).append(tuple(map(str, cells)))
    first: dict[tuple[tuple[str, ...], ...], str] = {}
    expected = []
    for patient, cells in own.items():
        known = tuple(sorted(cells))
        if len(known) >= 4 and known in first:
            expected.append((patient, first[known]))
        first.setdefault(known, patient)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "_pairs_by_chance", lambda _: 0.0)
        found = list(rules._copies(measurements(rows)))
    assert [(f.patient, f.what.rsplit(" ", 1)[1]) for f in found] == expected
    lines = {p: n for n, (p, *_) in reversed([*enumerate(rows, start=2)])}
    assert all(fault.line == lines[fault.patient] for fault in found)
