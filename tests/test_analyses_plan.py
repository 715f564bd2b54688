"""What can run on a cohort, and what cannot."""

import pytest

from rejia.analyses.plan import AtHand, plan_analyses
from rejia.study import read_study

STUDY = """\
study: planned
title: Planned
citation: planned
sources: {cohort: cohorts/planned}
visits: {before: {label: Before}, after: {label: After}}
variables:
  damage: {label: Damage, step: 1, worse: high}
  crp: {label: CRP, step: 1, worse: high}
  age: {label: Age, per: patient, worse: high}
groups:
  outcome: damage
  from: before
  to: after
  labels: {improved: A, unchanged: B, worsened: C}
  merges: {A+B: [A, B]}
families: {all: {m: 9, method: none}}
analyses:
  - {id: each, test: logistic, event: {group: C}, predictors: [age, crp], visit: before, inference: wald, each: true, family: all}
  - {id: together, test: logistic, event: {group: C}, predictors: [age, crp], visit: before, inference: wald, family: all}
  - {id: pair, test: spearman, outcome: damage, term: crp, visit: before, method: exact, family: all}
"""  # noqa: E501
SIZES = {"A": 20, "B": 20, "C": 20, "A+B": 40, "all": 60}


@pytest.mark.parametrize(
    ("measured", "runs"),
    [
        ({"damage", "crp", "age"}, [True, True, True]),
        ({"damage", "age"}, [True, False, False]),
        ({"damage", "crp"}, [True, False, True]),
        ({"damage"}, [False, False, False]),
    ],
)
def test_what_needs_all_its_variables_does_not_run_without_one(
    tmp_path, measured, runs
):
    path = tmp_path / "planned.yaml"
    path.write_text(STUDY)
    there = AtHand(measured=frozenset(measured), group_sizes=SIZES, patients=60)
    planned = plan_analyses(read_study(path), there, facts=False)
    assert [one.runs for one in planned] == runs
    assert all(one.runs or "no value of" in one.why for one in planned)
