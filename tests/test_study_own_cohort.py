"""What a study declares of its own patients: names that lead nowhere, the template."""

import re
from pathlib import Path

import pytest

from rejia.errors import DefinitionError
from rejia.study import read_study
from rejia.study.template import study_like

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
