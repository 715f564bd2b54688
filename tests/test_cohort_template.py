"""From an empty template to a cohort without fault, as a user goes through it."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from openpyxl import load_workbook

from rejia.cli import main
from rejia.cli.checking import show_table
from rejia.cohort import read_cohort
from rejia.cohort.form import template_book
from rejia.scores.forms import known_findings, needed_findings
from rejia.study import Study, read_study

ROOT = Path(__file__).parents[1]
MISTAKES = (
    "cohort.xlsx, sheet patients, row 3, patient H02, column age_start [years]: '9.5' "
    "is not what age_onset 5, disease_duration 1.5 give (6.5) "
    "(age_start = age_onset + disease_duration)",
    "cohort.xlsx, sheet visits, row 7, patient H03, column crp [mg/dL]: '2,8' is not "
    'a number (with a decimal point and no unit; or declare `decimal: ","` under '
    "sources)",
    "cohort.xlsx, sheet findings, row 5, patient H02, column larsen hip left: '6' is "
    "beyond the maximum of larsen (allowed: 0, 1, 2, 3, 4, 5)",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    for name in ("published", "cohorts/cabrera2016"):
        shutil.copytree(ROOT / "data" / name, tmp_path / "data" / name)
    return tmp_path


@pytest.fixture
def rejia(monkeypatch, capsys, project):
    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(ROOT)
        argv = ["rejia", *arguments, "--project", str(project)]
        monkeypatch.setattr(sys, "argv", argv)
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        out, err = capsys.readouterr()
        return int(str(code or 0)), out, err

    return run


@pytest.fixture(scope="module")
def aoki() -> Study:
    return read_study(ROOT / "config" / "studies" / "aoki2014.yaml")


def put(sheet, rows, first=2) -> None:
    heads = {cell.value.split(" [")[0]: cell.column for cell in sheet[1]}
    for line, row in enumerate(rows, start=first):
        for name, value in row.items():
            sheet.cell(line, heads[name]).value = value


PATIENTS = [
    ("H01", "female", 3.2, 2.1, 5.3),
    ("H02", "male", 5.0, 1.5, 6.5),
    ("H03", "female", 2.4, 4.0, 6.4),
    ("H04", "male", 7.7, 0.9, 8.6),
    ("H05", "female", 4.1, 3.0, 7.1),
]


def fill(path: Path, *, mistakes: bool) -> None:
    """Type five patients into the template, over its example rows."""
    book = load_workbook(path)
    for sheet in ("patients", "visits", "findings", "treatments", "adverse_events"):
        book[sheet].delete_rows(2, 3)
    names = ("patient", "sex", "age_onset", "disease_duration", "age_start")
    patients = [dict(zip(names, row, strict=True)) for row in PATIENTS]
    visits, findings = [], []
    grades = [c.value for c in book["findings"][1] if c.value.startswith("larsen")]
    for place, (patient, *_) in enumerate(PATIENTS):
        for later, visit in enumerate(("baseline", "follow_up")):
            key = {"patient": patient, "visit": visit}
            visits.append(key | {"day": 700 * later, "crp": 5.2 - 3 * later})
            grade = (place + later * (place % 3 == 0)) % 3
            findings.append(key | dict.fromkeys(grades, grade))
    if mistakes:
        patients[1]["age_start"] = 9.5
        visits[5]["crp"] = "2,8"
        findings[3]["larsen hip left"] = 6
    put(book["patients"], patients)
    put(book["visits"], visits)
    put(book["findings"], findings)
    book.save(path)


def test_five_patients_with_three_mistakes_are_told_mended_and_planned(rejia, project):
    code, out, _ = rejia("new", "mine", "--like", "aoki2014")
    path = project / "data" / "cohorts" / "mine" / "cohort.xlsx"
    assert code == 0
    assert f"written: {path}" in out
    assert "rejia check mine" in out

    fill(path, mistakes=True)
    code, out, err = rejia("check", "mine")
    assert code == 1
    assert [line for line in out.splitlines() if not line.startswith("warning")][
        :3
    ] == list(MISTAKES)
    assert "5 patients; 3 faults" in out
    for value in ("H02", "9.5", "2,8"):
        assert value not in err

    book = load_workbook(project / "work" / "mine" / "check" / "faults.xlsx")
    assert book.sheetnames[0] == "faults"
    red = [
        (sheet.title, found.value)
        for sheet in book.worksheets[1:]
        for row in sheet.iter_rows(min_row=2)
        for found in row
        if found.fill.fgColor.rgb == "00F4B6B6"
    ]
    assert sorted(red) == [("findings", "6"), ("patients", "9.5"), ("visits", "2,8")]

    code, out, _ = rejia("check", "mine", "--json")
    kinds = [record["kind"] for record in json.loads(out)]
    assert kinds.count("fault") == 3

    shutil.rmtree(project / "data" / "cohorts" / "mine")
    shutil.rmtree(project / "work")
    (project / "config" / "studies" / "mine.yaml").unlink()
    rejia("new", "mine", "--like", "aoki2014")
    fill(path, mistakes=False)
    code, out, _ = rejia("check", "mine")
    assert code == 0
    assert "5 patients; 0 faults" in out
    code, out, _ = rejia("plan", "mine")
    assert code == 0
    for words in (
        "cannot  a_vs_b: group A is empty",
        "cannot  acr_pedi: no value of acr_pedi_30, acr_pedi_50, acr_pedi_70",
        "cannot  agreement_inter: no reader is named; two are needed",
        "2 in C and 3 in A+B: too few for any exact p-value under 0.05",
        "cannot  risk_multivariable: no value of glucocorticoid",
        "2 events or non-events for 1 term: unstable",
        "5 patients; groups: all 5, A 0, B 3, C 2, A+B 3",
        "on one core",
    ):
        assert words in out


def test_a_new_template_has_only_examples_which_are_not_read(rejia):
    rejia("new", "mine", "--like", "aoki2014")
    code, out, _ = rejia("check", "mine")
    assert code == 1
    assert "sheet patients, column patient: 2 example rows of the template, not" in out
    assert "patients, column patient: table has no row (add patients)" in out


def test_a_template_is_the_same_bytes_each_time(aoki):
    first, second = (template_book(aoki, needed_findings(aoki)) for _ in range(2))
    assert first == second


def test_every_column_of_the_template_is_one_that_is_read(aoki, tmp_path):
    path = tmp_path / "cohort.xlsx"
    path.write_bytes(template_book(aoki, known_findings(aoki)))
    book = load_workbook(path)
    # The examples become patients: every column is filled in and must be accepted.
    for sheet in book.worksheets:
        for row in sheet.iter_rows(min_row=2, max_col=1):
            if str(row[0].value).startswith("EXAMPLE-"):
                row[0].value = row[0].value.replace("EXAMPLE-", "p")
    book.save(path)
    faults, tables = read_cohort(aoki, path)
    assert [f for f in faults if "is not what" not in f.what] == []
    assert tables["patients"]["patient"].tolist() == ["p1", "p2"]
    assert len(tables["findings"]) == len(
        [g for areas in known_findings(aoki).values() for g in areas.values() if g]
    )


def test_a_template_offers_the_levels_and_the_visits(aoki, tmp_path):
    path = tmp_path / "cohort.xlsx"
    path.write_bytes(template_book(aoki, needed_findings(aoki)))
    book = load_workbook(path)
    rules = book["visits"].data_validations.dataValidation
    (visit,) = (rule for rule in rules if rule.promptTitle == "visit")
    letters = visit.formula1.split("!")[1].replace("$", "").split(":")
    listed = [row[0].value for row in book["lists"][letters[0] : letters[1]]]
    assert listed == list(aoki.visits)
    header = [cell.value for cell in book["visits"][1]]
    assert "crp [mg/dL]" in header
    explained = [row[1].value for row in book["columns"].iter_rows(min_row=2)]
    assert {"crp", "sex", "larsen hip left"} <= set(explained)


def test_text_files_are_written_where_they_are_asked_for(rejia, project):
    code, _, _ = rejia("new", "mine", "--like", "aoki2014", "--text")
    folder = project / "data" / "cohorts" / "mine"
    assert code == 0
    assert (folder / "patients.tsv").read_text().startswith("patient\tsex\t")
    assert not (folder / "cohort.xlsx").exists()


def test_a_table_on_a_terminal_shows_markup_as_it_is(capsys):
    record = {
        "kind": "fault",
        "table": "visits",
        "file": "cohort.xlsx",
        "sheet": "visits",
        "line": 3,
        "patient": "[red]p1[/red]",
        "column": "crp [mg/L]",
        "found": "2,8",
        "what": "is not a number",
        "allowed": "with a decimal point",
    }
    show_table([record], width=200)
    shown = capsys.readouterr().out
    assert "cohort.xlsx, sheet visits" in shown
    assert "[red]p1[/red]" in shown
    assert "crp [mg/L]" in shown


def test_a_study_that_cannot_be_made_leaves_nothing_behind(rejia, project):
    source = project / "config" / "studies" / "alexeeva2013.yaml"
    text = source.read_text()
    # What is copied takes its terms from a block that is not.
    draw = "draw: {spec: as_printed, drugs: [a], adverse_events: &events [infection]}"
    for old, new in (
        ("terms: &events [", "terms: *events # ["),
        ("draw:\n  spec: as_printed\n  drugs: [tocilizumab]\n", ""),
        ("  adverse_events: *events\n", ""),
        ("visits:\n  month_6", f"{draw}\nvisits:\n  month_6"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    source.write_text(text)
    assert read_study(source).draw is not None
    before = {path for path in project.rglob("*") if path.is_file()}
    code, _, err = rejia("new", "mine", "--like", "alexeeva2013")
    assert code == 1
    assert "nothing was written" in err
    assert "events" in err
    assert {path for path in project.rglob("*") if path.is_file()} == before


def test_patients_beyond_those_of_the_source_are_taken(rejia, project):
    """Ends of a range that a source attained are not limits of other patients."""
    rejia("new", "mine", "--like", "aoki2014")
    path = project / "data" / "cohorts" / "mine" / "cohort.xlsx"
    fill(path, mistakes=False)
    book = load_workbook(path)
    put(
        book["patients"],
        [{"age_onset": 14.7, "disease_duration": 0.2, "age_start": 14.9}],
    )
    ranges = {
        row[1].value: [cell.value for cell in row]
        for row in book["columns"].iter_rows(min_row=2)
    }
    assert not any("13.6" in str(value) for value in ranges["age_onset"])
    book.save(path)
    code, out, _ = rejia("check", "mine")
    assert code == 0, out
