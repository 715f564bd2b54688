"""Each malformed cohort is refused in words that its owner understands."""

from pathlib import Path

import pytest
from bad_input.build import DEFINITION, Case
from bad_input.cases import CASES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rejia.cli.checking import Checked, check_study, fault_line, write_fault_book
from rejia.cohort.check import count_faults
from rejia.errors import DefinitionError
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
