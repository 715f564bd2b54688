"""What a study declares of its own patients: names that lead nowhere, the template."""

import re
from pathlib import Path

import pytest
import yaml

from rejia.errors import DefinitionError
from rejia.study import read_study
from rejia.study.template import study_like
from rejia.study.trim import edited, entries, without

ROOT = Path(__file__).parents[1]
STUDY = """\
study: small
title: A small study
citation: small2020
sources: {{facts: published/small/facts.tsv}}
visits: {{baseline: {{label: Before}}}}
variables:
  stopped: {{label: Stopped, levels: ["yes", "no"]}}
  dose: {{label: Dose, unit: mg/day, min: 0}}
populations: {{patients: {{unit: patient}}, joints: {{unit: joint}}}}
structure:
  zeros: [{zeros}]
  worded: {worded}
"""
ZEROS = '{outcome: stopped, level: "yes", of: dose}'


@pytest.mark.parametrize(
    ("zeros", "worded", "told"),
    [
        (ZEROS.replace("stopped", "stoped"), "{}", "did you mean 'stopped'"),
        (ZEROS.replace("dose", "doses"), "{}", "did you mean 'dose'"),
        (ZEROS.replace("yes", "yess"), "{}", "no level of stopped 'yess'; did you"),
        (ZEROS, "{joint: [a]}", "structure.worded: no population 'joint'; did you"),
    ],
)
def test_names_of_the_structure_lead_somewhere(tmp_path, zeros, worded, told):
    path = tmp_path / "small.yaml"
    path.write_text(STUDY.format(zeros=zeros, worded=worded))
    with pytest.raises(DefinitionError) as caught:
        read_study(path)
    assert told in str(caught.value)
    assert re.search(r"line 1[0-2]", str(caught.value))


def test_names_of_the_structure_that_are_declared_are_no_fault(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(STUDY.format(zeros=ZEROS, worded="{joints: [a]}"))
    assert read_study(path).structure.worded == {"joints": ("a",)}


def test_what_the_template_offers_fits_the_study(tmp_path):
    """Each commented line about patients is valid where it is taken over."""
    text = study_like("mine", ROOT / "config" / "studies" / "aoki2014.yaml")
    assert "# windows: {" in text
    text = text.replace("# hash_identifiers: true ", "hash_identifiers: true ")
    for start in ("windows: {", "exclusions:", "  - {id: lost", "imputation: {"):
        text = text.replace(f"# {start}", start)
    text = re.sub(r"(baseline: \{label: [^,]*), month: 0\}", r"\1, days: [0, 9]}", text)
    line = next(x for x in text.splitlines() if "test: missing_pattern" in x)
    text = text.replace("\nanalyses:\n", f"\nanalyses:\n  {line[1:].strip()}\n", 1)
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    study = read_study(path)
    assert study.sources.hash_identifiers
    assert study.windows.first_dose == "column"
    assert [exclusion.id for exclusion in study.exclusions] == ["lost"]
    assert study.imputation is not None
    assert study.analyses[0].test == "missing_pattern"


STUDIES = sorted((ROOT / "config" / "studies").glob("*.yaml"))


@pytest.mark.parametrize("source", STUDIES, ids=lambda path: path.stem)
def test_a_study_like_each_that_is_shipped_can_be_read(tmp_path, source):
    path = tmp_path / "mine.yaml"
    path.write_text(study_like("mine", source))
    mine, theirs = read_study(path), read_study(source)
    assert mine.compare_with == theirs.study
    assert [one.id for one in mine.analyses] == [one.id for one in theirs.analyses]
    assert list(mine.variables) == list(theirs.variables)
    # How many patients the source had is no fact of another cohort.
    assert [one.size for one in mine.populations.values()] == [None] * len(
        theirs.populations
    )
    kept = [one.label for one in theirs.populations.values()]
    assert [one.label for one in mine.populations.values()] == kept
    # An attained end of a range is none for other patients; limits of scores stay.
    for name, variable in mine.variables.items():
        theirs_own = theirs.variables[name]
        if variable.per == "patient" and variable.instrument is None:
            assert variable.max is None
            assert variable.min in {None, 0}
            assert (variable.min is None) == (theirs_own.min is None)
        else:
            assert (variable.min, variable.max) == (theirs_own.min, theirs_own.max)
    shown = {*mine.figures, *(getattr(one, "show", "") for one in mine.tables)}
    assert not shown & {"attainable", "attainable_ratios", "audit_map"}


BLOCKS = """\
study: long
title: All in blocks
citation: long2020
sources: {facts: published/long/facts.tsv}
visits: {baseline: {label: Before}}
variables:
  onset:
    label: Age at onset  # of the first sign
    min: 2.5
    # no patient was older
    max: &oldest 9
    per: patient
  delay: {max: *oldest, min: -1, per: patient, label: Delay}
  score: {label: Score, min: 1, max: *oldest, per: patient, instrument: carsh}
  crp: {label: CRP, unit: mg/L, min: 0.2, max: 60}
populations:
  patients:
    unit: patient
    size: 4
    label: Patients
tables:
  - {id: table_1, title: Patients, place: Table 1}
  - id: table_1_attainable
    title: Patients, printed and attainable
    place: Table 1
    show: attainable
  - baseline_by_group
figures:
  - attainable
  - audit_map
"""


def test_blocks_over_several_lines_lose_the_same_entries(tmp_path):
    source = tmp_path / "long.yaml"
    source.write_text(BLOCKS)
    path = tmp_path / "mine.yaml"
    path.write_text(study_like("mine", source).replace("*oldest", "9"))
    mine = read_study(path)
    ranges = {name: (one.min, one.max) for name, one in mine.variables.items()}
    assert ranges == {
        "onset": (0, None),
        "delay": (-1, None),
        "score": (1, 9),
        "crp": (0.2, 60),
    }
    assert mine.populations["patients"].size is None
    assert mine.populations["patients"].label == "Patients"
    tables = [getattr(one, "id", one) for one in mine.tables]
    assert tables == ["table_1", "baseline_by_group"]
    assert mine.figures == ()
    assert "# of the first sign" in path.read_text()


def test_only_the_end_of_a_list_is_taken_out():
    text = "a: [x, drop, drop]\nb: [drop, x]\nc: [drop]\nd: {x: 1, drop: [1, 2]}\n"
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    found = [
        edit
        for one in entries(text, root)
        for edit in without(
            text, one.value, lambda e: "drop" in (e.name, e.value.value)
        )
    ]
    assert edited(text, found) == "a: [x]\nb: [x]\nc: []\nd: {x: 1}\n"
