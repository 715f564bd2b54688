"""Minimal conflicts of facts, and the fewest facts that must give way."""

from functools import cache
from pathlib import Path
from random import Random

import pandas as pd
import pytest

from audit_papers import fact, paper, proofs, structure, table
from rejia.audit import audit, conflicts
from rejia.audit.context import DIRECTIONS
from rejia.audit.contradictions import COLUMNS
from rejia.facts import read_facts
from rejia.study import Structure, read_structure

ROOT = Path(__file__).parents[1]

# What docs/audit.md argues for.
REPLACED = {
    "t2_larsen_b_before_sd": "15.6",
    "t3_onset_or": "1.307",
    "t3_onset_ci_low": "1.02",
    "t3_female_p": "0.537",
}
DROPPED = (
    *("t2_larsen_b_after_sd", "text_larsen_ankle_b_before_mean"),
    *("text_larsen_hip_all_before_pm", "text_larsen_hip_all_after_pm"),
    *("t1_gc_c_mean", "t2_gc_c_before_mean", "text_gc_before_c_mean"),
    *("t2_active_b_after_sd", "t2_active_all_after_sd", "t2_active_all_before_mean"),
    *("t2_mmp3_all_after_mean", "t2_esr_all_before_mean", "text_duration_ab_mean"),
    *("abs_tcz_duration_mean", "disc_tcz_duration_mean", "t1_tcz_all_mean"),
    *("t2_fdpe_all_before_sd", "t2_mmp3_all_before_sd", "t2_gc_all_after_sd"),
    *("t2_active_all_before_sd", "text_larsen_shoulder_all_after_mean"),
    *(f"text_larsen_hand_{level}_n" for level in DIRECTIONS),
    *(f"text_larsen_hand_{level}_percent" for level in DIRECTIONS),
    *("text_acr_30_week_12_percent", "text_acr_70_week_12_percent"),
    *("disc_grade_0_percent", "text_grade_2_5_kept_percent"),
    "f2_grade_2_5_kept_percent",
)


@cache
def _aoki() -> pd.DataFrame:
    facts = read_facts(ROOT / "data" / "published" / "aoki2014" / "facts.tsv")
    declared = read_structure(ROOT / "config" / "studies" / "aoki2014.yaml")
    return conflicts(facts, declared)


def _cluster(fact_name: str) -> pd.DataFrame:
    found = _aoki()
    own = found[found["conflict"].str.split(";").map(lambda c: fact_name in c)]
    return found[found["cluster"].isin(own["cluster"])]


def test_nothing_inconsistent_is_no_conflict():
    found = conflicts(table(fact("n", "n", "3", outcome="cohort")), Structure())
    assert found.empty
    assert list(found.columns) == list(COLUMNS)


def test_of_three_printings_only_the_two_that_differ_conflict():
    rows = [
        fact(name, "mean", text, outcome="x", place=name)
        for name, text in (("a", "1.2"), ("b", "1.2"), ("c", "2.1"))
    ]
    found = conflicts(table(*rows), Structure())
    assert set(found["conflict"]) == {"a;c", "b;c"}
    assert set(found["corrections"]) == {"a;b | c"}
    assert set(found["rules"]) == {"repeat-c"}


def test_a_group_size_is_not_dropped_where_something_else_can_be():
    row = _cluster("text_acr_30_week_12_percent").iloc[0]
    assert set(row["conflict"].split(";")) == {
        "text_acr_30_week_12_percent",
        "text_acr_denominator",
    }
    assert row["corrections"] == "text_acr_30_week_12_percent"


@pytest.mark.parametrize(
    ("name", "correction"),
    [
        ("t3_onset_or", "t3_onset_or"),
        ("disc_grade_0_percent", "disc_grade_0_percent"),
        ("t2_mmp3_all_after_mean", "t2_mmp3_all_after_mean"),
        ("t2_esr_all_before_mean", "t2_esr_all_before_mean"),
    ],
)
def test_one_fact_corrects_a_conflict_of_aoki(name, correction):
    sets = _cluster(name)["corrections"].iloc[0].split(" | ")
    assert correction in sets


def test_what_is_left_after_a_correction_is_at_peace():
    facts = read_facts(ROOT / "data" / "published" / "aoki2014" / "facts.tsv")
    declared = read_structure(ROOT / "config" / "studies" / "aoki2014.yaml")
    firsts = _aoki().groupby("cluster")["corrections"].first()
    dropped = {name for sets in firsts for name in sets.split(" | ")[0].split(";")}
    left = facts[~facts["fact"].isin(dropped)]
    assert proofs(audit(left, declared, repairs=False)) == []


def test_the_documented_way_out_leaves_no_proof():
    facts = read_facts(ROOT / "data" / "published" / "aoki2014" / "facts.tsv")
    declared = read_structure(ROOT / "config" / "studies" / "aoki2014.yaml")
    assert set(DROPPED) | set(REPLACED) <= set(facts["fact"])
    printed = facts["fact"].map(REPLACED).fillna(facts["printed"])
    left = facts.assign(printed=printed)[~facts["fact"].isin(DROPPED)]
    assert proofs(audit(left, declared, repairs=False)) == []


def test_every_conflict_is_minimal_and_every_correction_meets_each():
    random = Random(5)
    seen = 0
    for seed in range(12):
        made = paper(seed, largest=12)
        made.cohort()
        values = {group: made.values(size) for group, size in made.sizes.items()}
        for group, own in values.items():
            made.summarise("x", group, own)
        made.summarise("x", "all", [v for own in values.values() for v in own])
        for row in made.rows:
            if row["statistic"] == "mean" and random.random() < 0.5:
                row["printed"] = str(float(row["printed"]) + 1)
        found = conflicts(made.facts(), structure(made, complete=["patients"]))
        sets = [set(c.split(";")) for c in found["conflict"]]
        assert not any(a < b for a in sets for b in sets)
        for row in found.itertuples():
            for correction in filter(None, row.corrections.split(" | ")):
                assert set(correction.split(";")) & set(row.conflict.split(";"))
        seen += len(found)
    assert seen
