"""Facts of a small paper, and of Aoki 2014, as exact windows."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from rejia.ensemble.model import SignRule, SumRule
from rejia.ensemble.spec import build_spec
from rejia.errors import DefinitionError
from rejia.facts import read_facts
from rejia.study import Study, read_study

ROOT = Path(__file__).parents[1]
STUDY = """
study: toy
title: Toy
citation: toy
visits: {baseline: {label: Before}, follow_up: {label: After}}
variables:
  sex: {label: Sex, per: patient, levels: [male, female]}
  female: {label: Female, per: patient, indicator_of: sex, level: female}
  onset: {label: Onset, unit: years, step: 0.1, min: 0, max: 9, per: patient}
  wait: {label: Wait, unit: years, step: 0.1, min: 0, max: 9, per: patient}
  start: {label: Start, unit: years, step: 0.1, min: 0, max: 18, per: patient}
  score: {label: Score, step: 0.5, min: 0, max: 50, worse: high}
  dose: {label: Dose, unit: mg, step: 1, min: 0, max: 30}
  dose_discontinued: {label: Stopped, levels: ["yes", "no"]}
groups:
  outcome: score
  from: baseline
  to: follow_up
  labels: {improved: A, unchanged: B, worsened: C}
  merges: {A+B: [A, B]}
structure: {identities: ["start = onset + wait"]}
repairs: [{id: slip, fact: onset_a_sd, printed: "1.5", because: typo}]
specs:
  - {id: printed, reason: as it stands}
  - {id: mended, replace: {onset_a_sd: slip}, drop: [onset_all_mean], reason: typo}
"""
SUMMARIES = """
cohort         A   n 4
cohort         B   n 3
cohort         C   n 5
onset          A   mean 3.0
onset          A   sd 15
onset          B   mean 4.1
onset          C   mean 5.0
onset          all mean 8.0
onset          all min 0.4
wait           A   mean 2.0
wait           B   mean 2.0
wait           C   mean 2.0
start          A   mean 5.0
start          B   mean 6.1
start          C   mean 7.0
score@baseline A   mean 9
score@baseline B   mean 9
score@baseline C   mean 4
score@follow_up A  mean 4
score@follow_up B  mean 9
score@follow_up C  mean 8
dose@baseline  A   mean 5
dose@baseline  B   mean 5
"""
COUNTS = """
sex female A 1
sex female B 2
sex female C 3
"""


def facts(more: str = "", counts: str = COUNTS) -> pd.DataFrame:
    rows = []
    for line in (SUMMARIES + more).split("\n"):
        if line.strip():
            name, group, statistic, printed = line.split()
            outcome, _, visit = name.partition("@")
            fact = f"{name.replace('@', '_')}_{group.lower()}_{statistic}"
            rows.append((fact, outcome, "", visit, group, statistic, printed))
    for line in counts.split("\n"):
        if line.strip():
            name, level, group, printed = line.split()
            outcome, _, visit = name.partition("@")
            fact = f"{outcome}_{group.lower()}_{level}"
            rows.append((fact, outcome, level, visit, group, "n", printed))
    names = ["fact", "outcome", "level", "visit", "group", "statistic", "printed"]
    frame = pd.DataFrame(rows, columns=names)
    frame["analysis"], frame["population"] = "describe", "patients"
    for name in ("term", "component", "ref_visit", "reference"):
        frame[name] = ""
    for name in ("unit", "adjustment", "place", "note"):
        frame[name] = ""
    return frame


def toy() -> Study:
    return Study.model_validate(yaml.safe_load(STUDY))


def only(spec, name, group):
    return next(cell for cell in spec.cells_of(name) if cell.group == group)


def test_a_mean_and_an_sd_become_windows_of_whole_numbers():
    spec = build_spec(toy(), facts(), "mended")
    cell = only(spec, "onset", "A")
    # 4 values of mean 2.95 to 3.05 in tenths: 118 to 122.
    assert (cell.sum_low, cell.sum_high) == (118, 122)
    # n (n - 1) times a variance of 14.5 ** 2 to 15.5 ** 2 in hundredths.
    assert (cell.spread_low, cell.spread_high) == (2523, 2883)
    assert cell.facts == ("onset_a_mean", "onset_a_sd")


def test_columns_are_those_whose_mean_is_printed_for_every_group():
    spec = build_spec(toy(), facts(), "mended")
    names = [column.name for column in spec.columns]
    scores = ["score@baseline", "score@follow_up"]
    assert names == ["female", "onset", "wait", "start", *scores]
    assert spec.groups == (("A", 4), ("B", 3), ("C", 5))


def test_rules_come_from_identities_and_from_the_definition_of_groups():
    spec = build_spec(toy(), facts(), "mended")
    assert spec.rules == (
        SumRule("start", ("onset", "wait")),
        SignRule("score@baseline", "score@follow_up", (("A", -1), ("B", 0), ("C", 1))),
    )


def test_a_count_of_a_category_fixes_its_indicator():
    cell = only(build_spec(toy(), facts(), "mended"), "female", "B")
    assert (cell.sum_low, cell.sum_high) == (2, 2)
    assert (cell.spread_low, cell.spread_high) == (2, 2)


def test_patients_who_stopped_have_a_dose_of_zero():
    more = "dose@baseline C mean 5\n"
    counts = COUNTS + "dose_discontinued@baseline yes A 2\n"
    spec = build_spec(toy(), facts(more, counts), "mended")
    assert only(spec, "dose@baseline", "A").zeros == 2
    assert only(spec, "dose@baseline", "B").zeros is None


def test_a_printed_minimum_is_an_end_that_is_attained():
    spec = build_spec(toy(), facts(), "mended")
    assert only(spec, "onset", "all").lowest == 4
    assert "onset_all_min" in spec.facts
    assert "onset_all_mean" not in spec.facts


def test_conflicts_are_told_all_at_once_with_their_facts():
    with pytest.raises(DefinitionError) as caught:
        build_spec(toy(), facts("score@baseline B sd 0.0\n"), "printed")
    assert caught.value.headline == "no cohort fits spec printed of toy:"
    assert caught.value.faults == (
        "onset, A: no 4 values have these summaries (onset_a_mean, onset_a_sd)",
    )


def test_groups_that_cannot_make_up_a_total_are_a_conflict():
    study = toy()
    one = study.specs[1].model_copy(update={"drop": ()})
    with pytest.raises(DefinitionError, match="onset: all cannot be made of A, B, C"):
        build_spec(study.model_copy(update={"specs": (one,)}), facts(), "mended")


def test_linked_columns_that_cannot_go_together_are_a_conflict():
    changed = facts()
    changed.loc[changed["fact"] == "score_follow_up_b_mean", "printed"] = "12"
    with pytest.raises(
        DefinitionError,
        match="score@baseline and score@follow_up do not go together in B",
    ):
        build_spec(toy(), changed, "mended")


def test_an_unknown_spec_is_refused():
    with pytest.raises(
        DefinitionError, match="no spec 'other'; it has printed, mended"
    ):
        build_spec(toy(), facts(), "other")


# Dropped: what exact intervals show to contradict the groups of the same column.
AOKI_DROPS = (
    "text_duration_ab_mean abs_tcz_duration_mean t1_tcz_all_mean "
    "disc_tcz_duration_mean t1_tcz_all_sd t1_gc_all_mean t2_gc_all_before_mean "
    "t1_gc_all_sd t2_gc_all_before_sd t2_gc_all_after_sd t2_active_all_before_mean "
    "t2_active_all_before_sd t2_active_b_after_sd t2_active_all_after_sd "
    "t2_esr_all_before_mean t2_mmp3_all_before_sd t2_mmp3_all_after_mean "
    "t2_mmp3_all_after_sd t2_fdpe_all_before_sd t2_larsen_b_after_sd"
).split()


def aoki(drops):
    study = read_study(ROOT / "config" / "studies" / "aoki2014.yaml")
    printed = read_facts(ROOT / "data" / "published" / "aoki2014" / "facts.tsv")
    repaired = next(spec for spec in study.specs if spec.id == "repaired")
    changed = repaired.model_copy(update={"drop": tuple(drops)})
    study = study.model_copy(update={"specs": (changed,)})
    return build_spec(study, printed, "repaired")


def test_aoki_2014_without_the_totals_that_contradict_its_groups_is_a_spec():
    spec = aoki(AOKI_DROPS)
    assert spec.groups == (("A", 11), ("B", 8), ("C", 21))
    assert len(spec.columns) == 23
    assert not set(AOKI_DROPS) & set(spec.facts)
    # Table 1 prints 5.7 and 3.4 for 21 patients of group C, to a tenth of a year.
    onset = only(spec, "age_onset", "C")
    assert (onset.sum_low, onset.sum_high) == (1187, 1207)
    assert only(spec, "age_onset", "all").highest == 136


@pytest.mark.parametrize("fact", AOKI_DROPS)
def test_aoki_2014_contradicts_itself_with_any_one_of_the_drops_back(fact):
    with pytest.raises(DefinitionError):
        aoki([name for name in AOKI_DROPS if name != fact])
