"""Definitions: closed schema, lines, nearest names, cross-references."""

from pathlib import Path

import pytest

from rejia.errors import DefinitionError
from rejia.study import classify, read_config, read_structure, read_study
from rejia.study.document import _FastLoader, _Loader, _parse
from rejia.study.project import read_project

ROOT = Path(__file__).parents[1]
STUDIES = ("alexeeva2013", "aoki2014", "cabrera2016")

# Line numbers in the tests count from here: `study:` is line 1.
SMALL = """\
study: small
title: A small study
citation: small2020
sources: {cohort: cohorts/small}
visits:
  baseline: {label: Before}
  follow_up: {label: After}
variables:
  sex: {label: Sex, per: patient, levels: [female, male]}
  crp: {label: CRP, unit: mg/L, step: 0.1, min: 0, max: 600, worse: high}
populations:
  patients: {unit: patient}
groups:
  outcome: crp
  from: baseline
  to: follow_up
  labels: {improved: A, unchanged: B, worsened: C}
  merges: {A+B: [A, B]}
families:
  contrasts: {m: 3, method: bonferroni}
analyses:
  - id: c_vs_ab
    test: rank_sum
    outcomes: [crp]
    visits: [baseline]
    group: C
    reference: A+B
    convention: r-4.6
    family: contrasts
"""


def study_of(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(tmp_path: Path, text: str) -> list[str]:
    path = study_of(tmp_path, text)
    with pytest.raises(DefinitionError) as caught:
        read_study(path)
    assert str(caught.value).startswith(str(path))
    return list(caught.value.faults)


def changed(old: str, new: str) -> str:
    assert SMALL.count(old) == 1
    return SMALL.replace(old, new)


def test_small_study_is_read(tmp_path):
    study = read_study(study_of(tmp_path, SMALL))
    assert study.study == "small"
    assert study.groups is not None
    assert study.groups.merges == {"A+B": ("A", "B")}
    assert study.structure.merges == {"A+B": ("A", "B")}
    assert study.analyses[0].id == "c_vs_ab"
    assert study.has_cohort
    assert study.cohort_kind == "observed"


@pytest.mark.parametrize("study", STUDIES)
def test_committed_study_is_read(study):
    assert read_study(ROOT / "config" / "studies" / f"{study}.yaml").study == study


def test_committed_project_is_read_whole():
    project = read_project(ROOT)
    assert set(STUDIES) <= set(project.studies)
    assert all((ROOT / path).is_file() for path in project.raw_inputs("cabrera2016"))


UNKNOWN = [
    (
        ("title: A small", "titel: A small"),
        "line 2: titel: key is unknown; did you mean 'title'? (allowed: ",
    ),
    (
        ("{label: Sex, per: patient", "{label: Sex, pre: patient"),
        "line 9: variables.sex.pre: key is unknown; did you mean 'per'?",
    ),
    (
        ("  to: follow_up", "  too: follow_up"),
        "line 16: groups.too: key is unknown; did you mean 'to'?",
    ),
    (
        ("    convention: r-4.6", "    konvention: r-4.6"),
        "line 28: analyses.0.konvention: key is unknown; did you mean 'convention'?",
    ),
    (
        ("test: rank_sum", "test: rank_summ"),
        "line 22: analyses.0: 'rank_summ' is not allowed; did you mean 'rank_sum'?",
    ),
    (
        ("method: bonferroni", "method: bonferoni"),
        "'bonferoni' is not allowed; did you mean 'bonferroni'? "
        "(allowed: none, bonferroni, holm, benjamini_hochberg)",
    ),
    (
        ("convention: r-4.6", "convention: r-4.7"),
        "line 28: analyses.0.convention: 'r-4.7' is not allowed; did you mean ",
    ),
]


@pytest.mark.parametrize(("change", "words"), UNKNOWN)
def test_unknown_word_is_a_fault_with_its_line_and_the_nearest_name(
    tmp_path, change, words
):
    assert any(words in fault for fault in faults_of(tmp_path, changed(*change)))


WRONG = [
    (("{label: Before}", "{label: 5}"), "line 6: visits.baseline.label: must be text"),
    (("step: 0.1", "step: -1"), "line 10: variables.crp.step: "),
    (("step: 0.1", "step: small"), "line 10: variables.crp.step: must be a number"),
    (("m: 3,", "m: three,"), "line 20: families.contrasts.m: must be a whole number"),
    (("m: 3,", "m: 2.5,"), "line 20: families.contrasts.m: must be a whole number"),
    (("m: 3,", "m: 0,"), "line 20: families.contrasts.m: "),
    (("outcomes: [crp]", "outcomes: []"), "must have at least one entry"),
    (("outcomes: [crp]", "outcomes: crp"), "outcomes: must be a list, but got 'crp'"),
    (("title: A small study", "title: ''"), "line 2: title: must not be empty"),
    (("title: A small study\n", ""), "line 1: title is missing"),
    (("    test: rank_sum\n", ""), "line 22: analyses.0: key 'test' is missing"),
    (("id: c_vs_ab", "id: C-vs-AB"), "'C-vs-AB' is no name; allowed are letters"),
    (("study: small", "study: other"), "'other' must be the name of the file, 'small'"),
]


@pytest.mark.parametrize(("change", "words"), WRONG)
def test_wrong_value_is_a_fault_in_words_with_its_line(tmp_path, change, words):
    assert any(words in fault for fault in faults_of(tmp_path, changed(*change)))


UNDECLARED = [
    (
        ("family: contrasts", "family: contrast"),
        "line 29: analyses.0.family: no family 'contrast'; did you mean 'contrasts'? "
        "(declared: contrasts, none_declared)",
    ),
    (
        ("    group: C\n", "    group: D\n"),
        "line 26: analyses.0.group: no group 'D' (declared: all, A, B, C, A+B)",
    ),
    (
        ("reference: A+B", "reference: B+A"),
        "line 27: analyses.0.reference: no group 'B+A'",
    ),
    (
        ("visits: [baseline]", "visits: [base_line]"),
        "line 25: analyses.0.visits: no visit 'base_line'; did you mean 'baseline'?",
    ),
    (
        ("outcomes: [crp]", "outcomes: [crp, esr]"),
        "line 24: analyses.0.outcomes: no outcome 'esr' (declared: sex, crp)",
    ),
    (
        ("    group: C\n", "    population: hands\n    group: C\n"),
        "line 26: analyses.0.population: no population 'hands' (declared: patients)",
    ),
    (
        ("worse: high}", "worse: high, population: hands}"),
        "line 10: variables.crp: no population 'hands' (declared: patients)",
    ),
    (
        ("  outcome: crp", "  outcome: cpr"),
        "line 14: groups.outcome: no outcome 'cpr'; did you mean 'crp'?",
    ),
    (("  from: baseline", "  from: week_0"), "line 15: groups.from: no visit 'week_0'"),
    (("  to: follow_up", "  to: week_9"), "line 16: groups.to: no visit 'week_9'"),
    (("A+B: [A, B]", "A+B: [A, X]"), "line 18: groups.merges.A+B: no group 'X'"),
    (
        (
            "worse: high}",
            "worse: high}\n  old: {label: O, indicator_of: seks, level: x}",
        ),
        "line 11: variables.old: no variable 'seks'",
    ),
    (
        ("families:", "draw: {spec: repaired}\nfamilies:"),
        "line 19: draw.spec: no spec 'repaired' (declared: none)",
    ),
]


@pytest.mark.parametrize(("change", "words"), UNDECLARED)
def test_name_that_is_not_declared_is_a_fault_with_its_line(tmp_path, change, words):
    found = faults_of(tmp_path, changed(*change))
    assert any(fault.startswith(words) for fault in found), found


def test_undeclared_event_and_alternative_of_a_model_are_faults(tmp_path):
    text = SMALL + (
        "  - {id: risk, test: logistic, event: {group: D}, predictors: [crp, female],\n"
        "     visit: baseline, inference: wald, alternatives: {predictors: [[crp], "
        "[esr]]}, family: contrasts}\n"
    )
    found = faults_of(tmp_path, text)
    assert len(found) == 3
    assert "no variable 'female'" in found[0]
    assert "no group 'D'" in found[1]
    assert "no variable 'esr'" in found[2]


def test_undeclared_repair_and_partition_are_faults(tmp_path):
    text = SMALL + (
        "structure: {partitions: [[A, B, D]]}\n"
        "specs: [{id: s, replace: {some_fact: mend}, reason: because}]\n"
    )
    found = faults_of(tmp_path, text)
    assert found == [
        "line 31: specs.0.replace: no repair 'mend' (declared: none)",
        "line 30: structure.partitions.0: no group 'D' (declared: all, A, B, C, A+B)",
    ]


def test_identifier_given_twice_is_a_fault(tmp_path):
    text = SMALL + SMALL[SMALL.index("  - id: c_vs_ab") :]
    assert faults_of(tmp_path, text) == [
        "line 30: analyses: id 'c_vs_ab' is given twice"
    ]


def test_label_all_is_no_group_of_a_study(tmp_path):
    found = faults_of(tmp_path, changed("improved: A,", "improved: all,"))
    assert any("'all' is everyone" in fault for fault in found)


def test_one_label_for_two_classes_is_a_fault(tmp_path):
    text = changed("unchanged: B, worsened: C", "unchanged: A, worsened: C")
    found = faults_of(tmp_path, text)
    assert any("label 'A' is given twice" in fault for fault in found)


def test_study_without_any_source_is_a_fault(tmp_path):
    text = changed("sources: {cohort: cohorts/small}", "sources: {}")
    assert faults_of(tmp_path, text) == [
        "line 4: sources: a study needs facts, a cohort, or both"
    ]


def test_range_whose_ends_are_swapped_is_a_fault(tmp_path):
    found = faults_of(tmp_path, changed("min: 0, max: 600", "min: 600, max: 0"))
    assert found == ["line 10: variables.crp: min 600 is above max 0"]


def test_several_faults_of_the_schema_come_at_once(tmp_path):
    text = changed("title: A small study", "titel: A small study")
    text = text.replace("m: 3,", "m: x,").replace("per: patient", "per: joint")
    found = faults_of(tmp_path, text)
    assert len(found) == 4
    for words in ("titel: key is unknown", "title is missing", "m: must be", "'joint'"):
        assert any(words in fault for fault in found)


def test_several_undeclared_names_come_at_once(tmp_path):
    text = changed("family: contrasts", "family: x").replace("[baseline]", "[y]")
    text = text.replace("    group: C\n", "    group: Z\n")
    assert len(faults_of(tmp_path, text)) == 3


def test_repeated_key_is_a_fault_that_names_both_lines(tmp_path):
    text = changed("    group: C\n", "    group: C\n    group: A\n")
    assert faults_of(tmp_path, text) == [
        "line 27: key 'group' is already given in line 26"
    ]


def test_key_that_is_repeated_at_the_top_is_a_fault(tmp_path):
    assert faults_of(tmp_path, SMALL + "visits: {}\n") == [
        "line 30: key 'visits' is already given in line 5"
    ]


BROKEN = [
    ("study: [small\n", "line 2, column 1: no YAML: while parsing a flow sequence"),
    ("study: small\n\ttitle: x\n", "line 2, column 1: no YAML: while scanning"),
    ("study: small\n title: x\n", "line 2, column 7: no YAML: mapping values are"),
    ("a: 1\n---\nb: 2\n", "line 2, column 1: no YAML: expected a single document"),
    ("a: *b\n", "no YAML: found undefined alias"),
    ("a: !!python/object:os.system x\n", "no YAML: could not determine a constructor"),
    ("", "it must hold a mapping of keys to values"),
    ("- a\n- b\n", "it must hold a mapping of keys to values"),
    ("# only a comment\n", "it must hold a mapping of keys to values"),
    ("a: &a [*a]\n", "line 1: an alias stands inside what it names"),
]


@pytest.mark.parametrize(("text", "words"), BROKEN)
def test_broken_yaml_is_one_fault_with_its_place(tmp_path, text, words):
    (fault,) = faults_of(tmp_path, text)
    assert words in fault


def test_file_that_is_not_utf8_is_a_fault_that_names_the_byte(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_bytes(b"study: Jos\xe9\n")
    with pytest.raises(DefinitionError, match="byte 10 is not UTF-8"):
        read_study(path)


def test_missing_study_is_a_fault_that_names_the_path(tmp_path):
    with pytest.raises(DefinitionError, match="the file does not exist"):
        read_study(tmp_path / "none.yaml")


@pytest.mark.parametrize("word", ["no", "off", "yes", "on", "y", "n", "2020-01-01"])
def test_words_that_yaml_would_turn_into_something_else_stay_text(tmp_path, word):
    text = changed("levels: [female, male]", f"levels: [{word}, x]")
    assert read_study(study_of(tmp_path, text)).variables["sex"].levels == (word, "x")


def test_study_cannot_be_changed_after_reading(tmp_path):
    study = read_study(study_of(tmp_path, SMALL))
    with pytest.raises(ValueError, match="frozen"):
        study.title = "another"


def test_structure_of_its_own_file_knows_variables_and_merges(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(
        "structure: {partitions: [[A, B]]}\n"
        "variables: {crp: {label: CRP, min: 0}}\n"
        "groups: {outcome: crp, from: a, to: b,\n"
        "  labels: {improved: A, unchanged: B, worsened: C}, merges: {AB: [A, B]}}\n"
    )
    structure = read_structure(path)
    assert structure.partitions == (("A", "B"),)
    assert structure.merges == {"AB": ("A", "B")}
    assert structure.variables["crp"].min == 0


def test_structure_file_with_an_unknown_key_is_refused(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("structure: {partition: [[A, B]]}\n")
    with pytest.raises(DefinitionError, match="did you mean 'partitions'"):
        read_structure(path)


def test_configuration_with_an_unknown_key_is_refused(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("seed: 1\nformats: {tables: [csv, pdf]}\nprivcy: {min_cell: 5}\n")
    with pytest.raises(DefinitionError) as caught:
        read_config(path)
    assert "line 3: privcy: key is unknown; did you mean 'privacy'?" in str(
        caught.value
    )
    assert "line 2: formats.tables.0" not in str(caught.value)
    assert "'pdf' is not allowed" in str(caught.value)


def project_of(tmp_path: Path, **studies: str) -> Path:
    (tmp_path / "config" / "studies").mkdir(parents=True)
    (tmp_path / "config" / "config.yaml").write_text("seed: 1\n")
    for name, text in studies.items():
        (tmp_path / "config" / "studies" / f"{name}.yaml").write_text(text)
    return tmp_path


def test_faults_of_all_studies_of_a_project_come_at_once(tmp_path):
    folder = project_of(
        tmp_path, small=SMALL, other="study: other\n", third="study: [\n"
    )
    with pytest.raises(DefinitionError) as caught:
        read_project(folder)
    message = str(caught.value)
    assert "other.yaml does not fit its schema:" in message
    assert "third.yaml cannot be read:" in message
    assert "study small: data/cohorts/small does not exist; check sources" in message


def test_unknown_study_of_a_project_gets_the_nearest_name(tmp_path):
    folder = project_of(tmp_path, small=SMALL)
    with pytest.raises(DefinitionError, match="no study 'smal'; did you mean 'small'"):
        read_project(folder, only=("smal",))


def test_project_without_a_study_says_where_to_put_one(tmp_path):
    with pytest.raises(
        DefinitionError, match=r"put one into config/studies/NAME\.yaml"
    ):
        read_project(project_of(tmp_path))


CHANGES = [
    (-0.25, 0, "high", "improved"),
    (0.25, 0, "high", "worsened"),
    (0, 0, "high", "unchanged"),
    (-0.25, 0, "low", "worsened"),
    (0.25, 0, "low", "improved"),
    (2, 2, "high", "unchanged"),
    (-2, 2, "high", "unchanged"),
    (2.25, 2, "high", "worsened"),
    (-2.25, 2, "low", "worsened"),
    (float("nan"), 0, "high", ""),
]


@pytest.mark.parametrize(("change", "threshold", "worse", "expected"), CHANGES)
def test_change_is_classed_by_its_direction_and_the_threshold(
    change, threshold, worse, expected
):
    assert classify(change, threshold=threshold, worse=worse) == expected


def test_group_rule_refuses_a_negative_threshold_and_other_words():
    with pytest.raises(ValueError, match="threshold must be at least 0, but got -1"):
        classify(1, threshold=-1, worse="high")
    with pytest.raises(
        ValueError, match="worse must be one of high, low, but got 'up'"
    ):
        classify(1, threshold=0, worse="up")


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "config").rglob("*.yaml")),
    ids=lambda path: path.stem,
)
def test_libyaml_reads_contents_and_lines_as_the_parser_in_python_does(path):
    text = path.read_text(encoding="utf-8")
    assert repr(_parse(_FastLoader(text))) == repr(_parse(_Loader(text)))
