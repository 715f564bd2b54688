"""Each malformed cohort is refused in words that its owner understands."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from bad_input.build import DEFINITION, PATIENTS, VISITS, Case, book, merge, text
from bad_input.cases import CASES
from cohort_files import WRITERS, quoted
from rejia.cli.checking import Checked, check_study, fault_line, write_fault_book
from rejia.cohort import CohortFault, inspect_cohort
from rejia.cohort.books import write_text
from rejia.cohort.check import count_faults
from rejia.cohort.fault_book import fault_book
from rejia.cohort.files import READERS
from rejia.errors import DataError, DefinitionError
from rejia.study import Study, read_study


def study_of(folder: Path, sources: str = "") -> Study:
    path = folder / "small.yaml"
    path.write_text(DEFINITION.format(sources=sources), encoding="utf-8")
    return read_study(path)


def checked(folder: Path, case: Case) -> Checked:
    cohort = folder / "cohorts" / "small"
    cohort.mkdir(parents=True)
    case.build(cohort)
    return check_study(folder, study_of(folder, case.sources))


def test_there_are_many_and_no_two_are_called_alike():
    names = [case.id for case in CASES]
    assert len(set(names)) == len(names) >= 40


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_malformed_cohort_is_refused_in_words(tmp_path, case):
    found = checked(tmp_path, case)
    told = "\n".join(map(fault_line, found.faults))
    assert found.faults
    for words in case.says:
        assert words in told, told
    # The workbook of faults can be made of whatever was found.
    book = tmp_path / "work" / "faults.xlsx"
    assert write_fault_book(found, book) == book.exists()
    if book.exists():
        assert book.stat().st_mode & 0o777 == 0o600


LEAVING = ["../outside", "/etc/passwd", "cohorts/../../outside", "C:\\patients.xlsx"]


@pytest.mark.parametrize("path", LEAVING)
def test_a_path_that_leaves_the_folder_is_refused(tmp_path, path):
    text = DEFINITION.format(sources="").replace("cohorts/small", f"'{path}'")
    file = tmp_path / "small.yaml"
    file.write_text(text)
    with pytest.raises(DefinitionError, match="must stay inside the folder data"):
        read_study(file)


def test_one_bad_file_does_not_stop_the_check_of_the_others(tmp_path):
    case = Case(
        "ragged",
        text(
            patients=PATIENTS + "p3\n",
            visits=VISITS.replace("36.2", "3620").replace("yes", "Yes"),
            treatments="patient\tdrug\tstart\tstop\np1\tmtx\t30\t10\n",
        ),
        (),
    )
    found = checked(tmp_path, case)
    assert [(f["table"], f["line"], f["found"]) for f in found.faults] == [
        ("patients", 4, ""),
        ("measurements", 2, "3620"),
        ("measurements", 2, "Yes"),
        ("treatments", 2, "10"),
    ]


def test_one_bad_sheet_does_not_stop_the_check_of_the_others(tmp_path):
    def spoil(made):
        merge(made)
        made["patients"]["B2"] = "femal"

    found = checked(tmp_path, Case("sheets", book(spoil), ()))
    assert [(f["sheet"], f["line"], f["column"]) for f in found.faults] == [
        ("visits", 2, "at A2:A3"),
        ("patients", 2, "sex"),
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_counts_for_logs_show_no_cell_of_a_patient(tmp_path, case):
    found = checked(tmp_path, case)
    shown = "\n".join(count_faults(found.of_cohort))
    for cell in ("p1", "p2", "p22", "36", "female", "1e+308", "2012-", "3.5"):
        assert cell not in shown


ODD = st.text(max_size=8) | st.sampled_from(
    ["", "p1", "p2", "baseline", "follow_up", "1", "<0.2", "1e309", "=1+1", "crp", "\r"]
)
GRIDS = st.lists(st.lists(ODD, min_size=1, max_size=5), min_size=1, max_size=5)
NAMES = ["patient", "visit", "sex", "crp", "date", "larsen hip left", "birth_date"]
HEADED = st.builds(
    lambda head, body: [head, *body],
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=5),
    GRIDS,
)
FUZZ = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study_of(tmp_path_factory.mktemp("fuzz"))


def told(study: Study, source: Path) -> list[CohortFault]:
    """Read whatever this is: faults or a message for the user, nothing else."""
    try:
        return inspect_cohort(
            study, source, {"larsen": {("hip", "left"): (0, 1)}}
        ).faults
    except DataError as error:
        return [CohortFault("cohort", 0, "", "", "", line, "") for line in error.faults]


def joined(grid: list[list[str]], separator: str) -> bytes:
    lines = [separator.join(quoted(cell, separator) for cell in row) for row in grid]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


@FUZZ
@given(
    first=HEADED | GRIDS, second=HEADED | GRIDS, suffix=st.sampled_from(["tsv", "csv"])
)
def test_any_text_is_read_or_refused_in_words(study, first, second, suffix):
    separator = "\t" if suffix == "tsv" else ","
    with tempfile.TemporaryDirectory() as folder:
        for name, grid in (("patients", first), ("visits", second)):
            (Path(folder) / f"{name}.{suffix}").write_bytes(joined(grid, separator))
        faults = told(study, Path(folder))
    fault_book(faults, [])


@FUZZ
@given(first=HEADED | GRIDS, second=HEADED | GRIDS)
def test_any_workbook_is_read_or_refused_in_words(study, first, second):
    made = Workbook()
    made.remove(made.active)
    for title, grid in (("patients", first), ("visits", second)):
        sheet = made.create_sheet(title)
        for row, cells in enumerate(grid, start=1):
            for column, cell in enumerate(cells, start=1):
                write_text(sheet.cell(row, column), cell)
    with tempfile.TemporaryDirectory() as folder:
        made.save(Path(folder) / "cohort.xlsx")
        faults = told(study, Path(folder))
    fault_book(faults, [])


@pytest.mark.parametrize("suffix", list(READERS))
@FUZZ
@given(data=st.data())
def test_damaged_bytes_are_read_or_refused_in_words(study, good, suffix, data):
    content = bytearray(good.get(suffix, b"\0" * 300))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(content)) | st.just(len(content)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"patients{suffix}"
        path.write_bytes(bytes(content[:end]))
        (Path(folder) / "visits.tsv").write_text(
            "patient\tvisit\tcrp\np1\tbaseline\t1\n"
        )
        told(study, Path(folder))


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("good")
    table = {"patient": ["p1", "p2"], "age_onset": [3.5, 12.0]}
    for suffix, write in WRITERS.items():
        write(table, folder / f"patients{suffix}")
    return {s: (folder / f"patients{s}").read_bytes() for s in WRITERS}
