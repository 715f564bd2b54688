"""Days and dates that become visits by declared windows."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejia.cohort import inspect_cohort
from rejia.cohort.grids import Grid
from rejia.cohort.windows import DayColumns, assign_visits
from rejia.errors import DefinitionError
from rejia.study import Study, read_study

HEAD = """\
study: small
title: A small study
citation: small2020
"""
VISITS = """\
visits:
  baseline: {label: Before, day: 0, window: [-28, 0]}
  week_12: {label: Week 12, day: 84, window: [-14, 20]}
  week_24: {label: Week 24, month: 5.52, window: [-70, 30]}
  late: {label: Late, days: [300, 500]}
"""
VARIABLES = """\
variables:
  crp: {label: CRP, unit: mg/L, step: 0.1, min: 0}
"""


def study_of(
    folder: Path, windows: str = "", visits: str = VISITS, sources: str = ""
) -> Study:
    path = folder / "small.yaml"
    source = "sources:\n  cohort: cohorts/small\n" + sources
    path.write_text(HEAD + source + visits + windows + VARIABLES)
    return read_study(path)


def grid_of(*rows: tuple[str, str], header=("patient", "day")) -> Grid:
    return Grid("visits.tsv", "", header, [list(r) for r in rows], range(2, 99))


def assigned(study: Study, *days: float) -> dict[float, str]:
    """The visit of each day of one patient; days of no visit are absent."""
    grid = grid_of(*(("p1", f"{day:g}") for day in days))
    made = assign_visits(study, "visits", grid, DayColumns("patient", day="day"), {})
    assert not made.faults
    return {float(row[1]): row[2] for row in made.grid.rows}


@pytest.mark.parametrize(
    ("day", "visit"),
    [
        (-29, None),
        (-28, "baseline"),
        (0, "baseline"),
        (1, None),
        (69, None),
        (70, "week_12"),
        (98, "week_12"),  # 14 days from 84, 70 from 168.01
        (104, "week_12"),  # the last day of week 12; 20 days against 64
        (105, "week_24"),
        (198, "week_24"),
        (199, None),
        (300, "late"),
        (500, "late"),
        (501, None),
    ],
)
def test_day_is_of_the_visit_in_whose_window_it_lies(tmp_path, day, visit):
    found = assigned(study_of(tmp_path), day)
    assert found == ({} if visit is None else {day: visit})


@pytest.mark.parametrize(
    ("several", "tie", "taken"),
    [
        ("nearest", "earliest", 80),
        ("nearest", "last", 88),
        ("earliest", "earliest", 72),
        ("last", "earliest", 99),
    ],
)
def test_one_of_several_days_is_the_visit(tmp_path, several, tie, taken):
    # 80 and 88 are both four days from day 84.
    study = study_of(tmp_path, f"windows: {{several: {several}, tie: {tie}}}\n")
    assert assigned(study, 72, 80, 88, 99) == {taken: "week_12"}


@pytest.mark.parametrize(("tie", "visit"), [("earliest", "one"), ("last", "two")])
def test_day_between_two_visits_goes_by_the_tie(tmp_path, tie, visit):
    visits = (
        "visits:\n  one: {label: One, day: 10, window: [0, 20]}\n"
        "  two: {label: Two, day: 20, window: [-20, 0]}\n"
    )
    study = study_of(tmp_path, f"windows: {{tie: {tie}}}\n", visits)
    assert assigned(study, 15) == {15: visit}


def test_what_is_no_visit_is_counted_and_told(tmp_path):
    study = study_of(tmp_path)
    grid = grid_of(("p1", "80"), ("p1", "81"), ("p1", "250"), ("p2", "250"))
    made = assign_visits(study, "visits", grid, DayColumns("patient", day="day"), {})
    assert made.counts == {"not_taken": 1, "outside_windows": 2}
    told = {w.line: (w.patient, w.column, w.found, w.what) for w in made.warnings}
    outside = "is in no visit's window; not read"
    taken = "is in the window of week_12, but day 81 is taken; not read"
    assert told == {
        2: ("p1", "day", "80", taken),
        4: ("p1", "day", "250", outside),
        5: ("p2", "day", "250", outside),
    }
    allowed = {w.allowed for w in made.warnings if w.found == "250"}
    assert allowed == {"nearest: late, days 300 to 500"}


@given(
    st.lists(st.integers(-60, 600), min_size=1, max_size=12, unique=True),
    st.sampled_from(["nearest", "earliest", "last"]),
    st.sampled_from(["earliest", "last"]),
)
def test_every_day_is_a_visit_or_counted(tmp_path_factory, days, several, tie):
    folder = tmp_path_factory.mktemp("windows")
    study = study_of(folder, f"windows: {{several: {several}, tie: {tie}}}\n")
    grid = grid_of(*(("p1", str(day)) for day in days))
    made = assign_visits(study, "visits", grid, DayColumns("patient", day="day"), {})
    visits = [row[2] for row in made.grid.rows]
    assert len(visits) == len(set(visits))
    assert len(visits) + sum(made.counts.values()) == len(days)
    inside = [
        day
        for day in days
        if any(v.span[0] <= day <= v.span[1] for v in study.visits.values())
    ]
    assert made.counts["outside_windows"] == len(days) - len(inside)
    for row in made.grid.rows:
        visit = study.visits[row[2]]
        assert visit.span[0] <= float(row[1]) <= visit.span[1]


def write(folder: Path, **tables: str) -> Path:
    source = folder / "cohort"
    source.mkdir(exist_ok=True)
    for name, text in tables.items():
        (source / f"{name}.tsv").write_text(text.replace(" ", "\t"))
    return source


PATIENTS = "patient sex\np1 male\np2 female\n"


def visited(found) -> set[tuple[str, str]]:
    visits = found.tables["visits"]
    return set(zip(visits["patient"], visits["visit"], strict=True))


def test_folder_with_days_instead_of_visits(tmp_path):
    source = write(
        tmp_path,
        patients=PATIENTS,
        visits="patient day crp\np1 -3 5.1\np1 90 1.5\np1 250 9.9\np2 0 2.5\n",
    )
    found = inspect_cohort(study_of(tmp_path), source)
    assert found.faults == []
    assert visited(found) == {
        ("p1", "baseline"),
        ("p1", "week_12"),
        ("p2", "baseline"),
    }
    assert sorted(found.tables["measurements"]["value"]) == [1.5, 2.5, 5.1]
    assert found.set_aside == {"outside_windows": 1}
    assert [w.line for w in found.warnings if w.found == "250"] == [4]


def test_long_tables_with_dates_and_first_dose_among_the_treatments(tmp_path):
    study = study_of(
        tmp_path, "windows: {first_dose: treatments, drugs: [tocilizumab]}\n"
    )
    source = write(
        tmp_path,
        patients=PATIENTS,
        visits="patient date\np1 2020-01-01\np1 2020-03-30\np2 2021-05-01\n",
        measurements=(
            "patient date variable value unit\np1 2020-01-01 crp 5.1 mg/L\n"
            "p1 2020-03-30 crp 1.5 mg/L\np2 2021-05-01 crp 2.5 mg/L\n"
        ),
        treatments=(
            "patient drug start\np1 methotrexate 2015-01-01\n"
            "p1 tocilizumab 2020-01-05\np2 tocilizumab 2021-05-01\n"
        ),
    )
    found = inspect_cohort(study, source)
    assert found.faults == []
    # 2020-03-30 is day 85 from 2020-01-05.
    table = found.tables["measurements"]
    assert set(zip(table["patient"], table["visit"], table["value"], strict=True)) == {
        ("p1", "baseline", 5.1),
        ("p1", "week_12", 1.5),
        ("p2", "baseline", 2.5),
    }


def test_date_without_first_dose_is_a_fault(tmp_path):
    source = write(
        tmp_path, patients=PATIENTS, visits="patient date crp\np1 2020-01-01 5\n"
    )
    found = inspect_cohort(study_of(tmp_path), source)
    told = [(f.line, f.column, f.what, f.allowed) for f in found.faults]
    assert (
        2,
        "date",
        "tells no day: it is not declared what days are counted from",
        "windows: {first_dose: column, treatments or first_date}",
    ) in told
    study = study_of(tmp_path, "windows: {first_dose: treatments, drugs: [tcz]}\n")
    found = inspect_cohort(study, source)
    assert "this patient has no first dose" in found.faults[0].what


WIDE = (
    "  columns:\n    ID: patient\n    Date: date\n    Start: first_dose\n"
    "    CRP: crp\n  dates: dmy\n  delimiter: ','\n"
)


def test_wide_file_with_a_row_a_date(tmp_path):
    study = study_of(tmp_path, "windows: {first_dose: column}\n", sources=WIDE)
    path = tmp_path / "export.csv"
    path.write_text(
        "ID,Date,Start,CRP\np1,1.1.2020,05.01.2020,5.1\np1,30.3.2020,,1.5\n"
        "p2,1.5.2021,1.5.2021,2.5\np2,1.1.2021,1.5.2021,7\n"
    )
    found = inspect_cohort(study, path)
    assert found.faults == []
    assert visited(found) == {
        ("p1", "baseline"),
        ("p1", "week_12"),
        ("p2", "baseline"),
    }
    assert found.set_aside == {"outside_windows": 1}


def test_first_date_counts_from_each_patients_first(tmp_path):
    study = study_of(tmp_path, "windows: {first_dose: first_date}\n", sources=WIDE)
    path = tmp_path / "export.csv"
    path.write_text("ID,Date,CRP\np1,1.1.2020,5.1\np1,26.3.2020,1.5\n")
    found = inspect_cohort(study, path)
    assert visited(found) == {("p1", "baseline"), ("p1", "week_12")}


def test_named_visits_stay_and_only_the_others_are_assigned(tmp_path):
    source = write(
        tmp_path,
        patients=PATIENTS,
        visits="patient visit day crp\np1 late 85 5.1\np2  84 2.5\np2 baseline 0 1\n",
    )
    found = inspect_cohort(study_of(tmp_path), source)
    assert found.faults == []
    assert visited(found) == {("p1", "late"), ("p2", "week_12"), ("p2", "baseline")}


@pytest.mark.parametrize(
    ("visits", "windows", "told"),
    [
        ("month: 1, day: 30, window: [0, 1]", "", "month and day exclude each other"),
        ("day: 30, window: [0, 1], days: [0, 1]", "", "window and days exclude"),
        ("window: [0, 1]", "", "add month or day"),
        ("day: 30, window: [5, -5]", "", "first day 5 is after last day -5"),
        ("days: [9, 3]", "", "visits.one.days: first day 9 is after last day 3"),
        ("day: 30", "windows: {tie: last}\n", "no visit has a window or days"),
        ("day: 3, window: [0]", "", "visits.one.window"),
        ("day: 3, windows: [0, 1]", "", "did you mean 'window'"),
        ("days: [0, 1]", "windows: {severel: last}\n", "did you mean 'several'"),
        ("days: [0, 1]", "windows: {tie: lst}\n", "did you mean 'last'"),
        ("days: [0, 1]", "windows: {first_dose: treatments}\n", "drugs go together"),
        ("days: [0, 1]", "windows: {drugs: [x]}\n", "drugs go together"),
    ],
)
def test_windows_that_do_not_fit_together(tmp_path, visits, windows, told):
    with pytest.raises(DefinitionError) as caught:
        study_of(tmp_path, windows, f"visits:\n  one: {{label: One, {visits}}}\n")
    assert told in str(caught.value)
