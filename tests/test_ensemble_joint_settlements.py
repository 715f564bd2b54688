"""Conflicts of joints beside those of the audit: one row a set, nothing twice."""

from pathlib import Path

import pandas as pd
import pytest

from rejia.contracts import CONFLICTS
from rejia.ensemble.joint_conflicts import Conflict, Conflicts
from rejia.ensemble.joint_settlements import lay_joint_conflicts
from rejia.study.flow import Flow
from rejia.study.graded import graded_by_joint
from rejia.study.project import read_project

ROOT = Path(__file__).parents[1]
BOTH, ONE = ("cp-sat", "highs"), ("cp-sat",)
FOUND = Conflicts(
    (
        Conflict((("hip", "hip_again"), ("knee",)), BOTH),
        Conflict((("knee",), ("ankle",), ("elbow",)), ONE),
        Conflict((("share", "share_again"), ("count",)), BOTH),
    ),
    ("knee", "share", "share_again"),
    3,
)


def test_conflicts_that_share_a_number_are_one_cluster_with_its_correction():
    laid = lay_joint_conflicts(FOUND)
    assert list(laid.columns) == list(CONFLICTS)
    clusters = laid.groupby("cluster")["facts"].apply(set).tolist()
    assert sorted(clusters, key=len) == [
        {"count;share", "share;share_again"},
        {"hip;knee", "ankle;elbow;knee", "knee"},
    ]
    corrected = laid[laid["kind"] == "correction"]
    assert sorted(corrected["facts"]) == ["knee", "share;share_again"]
    assert (laid["size"] == laid["facts"].str.count(";") + 1).all()
    proved = laid.set_index("facts")["rules"]
    assert proved["hip;knee"] == "joint_level:cp-sat+highs"
    assert proved["ankle;elbow;knee"] == "joint_level:cp-sat"


@pytest.mark.parametrize("known", ["share", "share_again"])
def test_what_the_audit_says_already_is_not_said_again(known):
    laid = lay_joint_conflicts(FOUND, [frozenset({"count", known})])
    assert set(laid["cluster"]) == {"joints_1"}
    assert "hip;knee" in set(laid["facts"])


def test_a_cluster_with_one_new_conflict_is_told_in_full():
    laid = lay_joint_conflicts(FOUND, [frozenset({"hip", "knee"})])
    assert {"hip;knee", "ankle;elbow;knee"} <= set(laid["facts"])


def test_no_conflicts_are_an_empty_table():
    laid = lay_joint_conflicts(Conflicts((), (), 0), [frozenset({"a"})])
    assert isinstance(laid, pd.DataFrame)
    assert len(laid) == 0
    assert list(laid.columns) == list(CONFLICTS)


def test_workflow_releases_conflicts_of_joints_where_joints_are_graded():
    project = read_project(ROOT)
    flow = Flow(project)
    graded = {name for name, study in project.runs.items() if graded_by_joint(study)}
    assert "aoki2014" in graded
    assert flow.private("aoki2014")["conflicts"].endswith("joint_conflicts.tsv")
    others = [name for name in project.runs if name not in graded]
    for name in others:
        assert flow.private(name).get("conflicts", "conflicts.tsv").endswith(
            "audit/conflicts.tsv"
        ) or not flow.has(name, "facts")
