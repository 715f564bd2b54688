"""The findings that must come out on Aoki 2014, and the numbers that must pass."""

from functools import cache
from pathlib import Path
from time import process_time

import pandas as pd
import pytest

from rejia.audit import audit
from rejia.contracts import AUDIT, FACTS
from rejia.frame import read_table, to_text
from rejia.study import Structure, read_structure

ROOT = Path(__file__).parents[1]
STUDY = ROOT / "config" / "studies" / "aoki2014.yaml"
JOINTS = ("shoulder", "elbow", "hip", "knee", "ankle")
CARSH = (
    "joint_space",
    "erosion",
    "growth",
    "cysts",
    "malalignment",
    "sclerosis",
    "avascular_necrosis",
)


def _facts() -> pd.DataFrame:
    return read_table(ROOT / "data" / "published" / "aoki2014" / "facts.tsv", FACTS)


def _structure() -> Structure:
    return read_structure(STUDY)


@cache
def _audited() -> pd.DataFrame:
    return audit(_facts(), _structure()).set_index("id", drop=False)


RED = [
    ("ratio_order-t3_onset_or", "proof"),
    ("repeat-t2_larsen_b_before_sd", "proof"),
    ("subgroup_sd-t2_larsen_all_before_sd", "proof"),
    ("subgroup_sd-t2_larsen_all_after_sd", "proof"),
    ("subgroup_sd-t2_active_all_before_sd", "proof"),
    ("subgroup_sd-t2_active_all_after_sd", "proof"),
    ("subgroup_mean-t1_gc_all_mean", "proof"),
    ("subgroup_mean-text_duration_ab_mean", "proof"),
    ("subgroup_mean-t2_mmp3_all_after_mean", "proof"),
    ("subgroup_mean-t2_esr_all_before_mean", "proof"),
    ("subgroup_mean-t1_tcz_all_mean", "proof"),
    ("percent_attainable-text_acr_30_week_12_percent", "proof"),
    ("percent_attainable-text_acr_70_week_12_percent", "proof"),
    ("percent_of_count-disc_grade_0_percent", "proof"),
    ("percent_of_count-text_grade_2_5_kept_percent", "proof"),
    ("level_sum-text_larsen_hand_improved_n", "proof"),
    ("percent_sum-text_larsen_hand_improved_percent", "proof"),
    ("group_change_sd-t2_larsen_b_after_sd", "proof"),
    ("identity_mean-t2_larsen_b_before_mean", "proof"),
    ("sd_step-t2_active_b_after_sd", "proof"),
    ("plus_minus_sd-text_larsen_hip_all_before_pm", "enumeration"),
    ("ratio_p-text_multi_onset_p", "enumeration"),
    ("ratio_null-text_multi_onset_p", "enumeration"),
    ("ratio_p-t3_female_p", "enumeration"),
    ("ratio_p-t3_mmp3_p", "enumeration"),
    ("unit-mmp3-follow_up-mean", "wording"),
]


@pytest.mark.parametrize(("name", "evidence"), RED)
def test_what_does_not_hold_together_comes_out(name, evidence):
    row = _audited().loc[name]
    assert (row["verdict"], row["evidence"]) == ("inconsistent", evidence)
    assert row["under"]
    assert row["arithmetic"]


FINE = [
    "subgroup_mean-t1_onset_all_mean",
    "subgroup_mean-t1_larsen_all_mean",
    "subgroup_sd-t1_larsen_all_sd",
    "subgroup_sd-t1_onset_all_sd",
    "subgroup_mean-t1_duration_all_mean",
    "subgroup_mean-t2_crp_all_before_mean",
    "identity_mean-t1_start_all_mean",
    "identity_mean-t1_start_a_mean",
    "identity_mean-t1_start_b_mean",
    "identity_mean-t1_start_c_mean",
    "identity_correlation-t1_start_b_sd",
    "identity_mean-t1_larsen_all_mean",
    "identity_mean-t2_larsen_all_after_mean",
    "identity_mean-text_carsh_before_mean",
    "identity_mean-text_carsh_after_mean",
    "level_sum-text_grade_0_n",
    "percent_of_count-text_grade_0_percent",
    "percent_of_count-text_avn_after_hips_percent",
    "percent_of_count-text_gc_stopped_all_percent",
    "percent_attainable-text_acr_50_week_12_percent",
    "percent_attainable-text_acr_30_week_24_percent",
    "change_of_means-disc_poz_change",
    "change_of_means-disc_carsh_change",
    "group_change_mean-t2_larsen_a_after_mean",
    "group_change_mean-t2_larsen_b_after_mean",
    "ratio_order-t3_gc_or",
    "ratio_p-t3_gc_p",
    "ratio_p-t3_wbc_p",
    "ratio_order-t3_wbc_or",
]


@pytest.mark.parametrize("name", FINE)
def test_what_holds_together_passes(name):
    assert _audited().loc[name, "verdict"] in {"consistent", "consistent_by_rounding"}


def test_the_flow_chart_adds_up():
    flow = _audited()[_audited()["rule"] == "flow"]
    assert len(flow) >= 3
    assert set(flow["verdict"]) == {"consistent"}


REPAIRS = {
    "repeat-t2_larsen_b_before_sd": "t2_larsen_b_before_sd: 15.6 instead of 16.5",
    "ratio_order-t3_onset_or": "t3_onset_or: 1.307 instead of 1.02",
    "ratio_p-text_multi_onset_p": "text_multi_onset_p: 0.041 instead of 0.41",
    "ratio_p-t3_female_p": "t3_female_p: 0.537 instead of 0.573",
    "percent_of_count-disc_grade_0_percent": "disc_grade_0_percent: 65 instead of 64",
}


@pytest.mark.parametrize(("name", "repair"), REPAIRS.items())
def test_the_most_economical_repair_is_offered(name, repair):
    assert repair in _audited().loc[name, "repair"]


def test_the_table_fits_its_contract():
    audited = _audited()
    assert list(audited.columns) == list(AUDIT)
    assert audited["id"].is_unique
    assert list(audited["id"]) == sorted(audited["id"])
    for name in ("verdict", "evidence"):
        assert set(audited[name]) <= {*AUDIT[name].levels, ""}
    assert audited["power"].dropna().between(0, 1).all()
    known = set(_facts()["fact"])
    read = {fact for facts in audited["facts"] for fact in facts.split(";")}
    assert read == known


def test_the_words_accuse_nobody():
    text = to_text(_audited(), AUDIT).lower()
    assert not any(word in text for word in ("fraud", "fabricat", "mistake"))


def test_two_runs_are_the_same_to_the_letter():
    once = to_text(audit(_facts(), _structure()), AUDIT)
    assert once == to_text(_audited().reset_index(drop=True), AUDIT)


def test_the_whole_paper_takes_at_most_three_seconds():
    _audited()
    facts, declared = _facts(), _structure()
    start = process_time()
    audit(facts, declared)
    assert process_time() - start < 3
