"""Joints, patients and groups at once: grades that fit all that is printed of them."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from rejia.ensemble.joint_chain import descend
from rejia.ensemble.joint_check import missed
from rejia.ensemble.joint_conflicts import Conflict, Conflicts, conflicts, minimal
from rejia.ensemble.joint_ensemble import JointEnsemble, sample_joints
from rejia.ensemble.joint_full import in_full
from rejia.ensemble.joint_model import by_groups
from rejia.ensemble.joint_program import FEASIBLE, INFEASIBLE, UNKNOWN
from rejia.ensemble.joint_program import solve as solve_program
from rejia.ensemble.joint_spec import AS_PRINTED, JointSpec, Reader, rules
from rejia.ensemble.targets import DESCRIBE, EVERYONE, Targets
from rejia.errors import DefinitionError
from rejia.study import Study
from rejia.study.graded import graded_by_joint
from rejia.study.schema import ChangeCounts, Draw

__all__ = [
    "Conflict",
    "Conflicts",
    "JointEnsemble",
    "JointSpec",
    "Solution",
    "build",
    "conflicts",
    "minimal",
    "missed",
    "sample_joints",
    "solve",
]
BETWEEN = ("nearer", "lower")
# Deterministic time of CP-SAT on all grades, about a second of one core each.
LIMIT = 60.0
_AT_FIRST = 2.0  # enough for small cases


@dataclass(frozen=True, slots=True)
class Solution:
    """
    Whether grades exist that fit a spec.

    Attributes
    ----------
    status : str
        ``feasible``, ``infeasible`` (proved) or ``unknown`` (neither was found).
    grades : numpy.ndarray or None
        int8 ``[visit, joint, patient]``, in steps, -1 for no grade; where feasible.
    conflict : tuple of str
        Facts that rule each other out; where infeasible by sums of groups.
    evidence : str
        What the status rests on.
    """

    status: str
    grades: np.ndarray | None = None
    conflict: tuple[str, ...] = ()
    evidence: str = ""


def build(
    study: Study,
    facts: pd.DataFrame,
    spec_id: str,
    *,
    step: Fraction | None = None,
    missing: int | None = None,
    between: str = "nearer",
) -> JointSpec:
    """
    Build the demands on the grades of all joints at two visits.

    Parameters
    ----------
    study : Study
        Declares a variable graded by joint, its population, groups and specs.
    facts : pandas.DataFrame
        Table ``facts``.
    spec_id : str
        A spec of the study, or ``as_printed``: all facts, no repair.
    step : Fraction, optional
        Step of a grade, if not the variable's.
    missing : int, optional
        Joints without a grade, if not those that the declared number of joints says.
    between : str
        Class of a grade between two classes: of the ``nearer`` one, in the middle of
        the higher one, as an average is rounded; or of the ``lower`` one.

    Returns
    -------
    JointSpec

    Raises
    ------
    DefinitionError
        If the study has no such spec, no variable graded by joint, no groups, or a
        grade that is not worse when higher.

    Notes
    -----
    Means and spreads of a site are taken over joints, both sides, and so over fewer
    where joints are missing; those of a total over patients. ``±`` is the sample
    SD, unless the printed means of the groups lie too far apart for it: then it is
    the standard error over joints. A missing joint has no grade at either visit and
    adds nothing to the total.
    """
    if between not in BETWEEN:
        raise ValueError(
            f"between must be one of {', '.join(BETWEEN)}, but got {between!r}"
        )
    known = [spec.id for spec in study.specs]
    if spec_id not in {*known, AS_PRINTED}:
        fault = f"no spec {spec_id!r}; it has {', '.join(known) or 'none'}"
        raise DefinitionError(f"{study.study} has no such spec:", [fault])
    draw = None if spec_id == AS_PRINTED else Draw(spec=spec_id)
    targets = Targets(study.model_copy(update={"draw": draw}), facts)
    name = _graded(study)
    variable = study.variables[name]
    areas = tuple(
        (row["site"], row["side"])
        for row in rules("larsen_areas.csv")
        if row["layout"] == variable.layout
    )
    whole = Fraction(repr(variable.step)) if step is None else step
    reader = Reader(study, targets, name, areas, whole, between)
    sizes = targets.sizes()
    joints = len(areas) * sum(sizes.values())
    declared = study.populations.get(variable.population or "")
    if missing is None:
        size = declared.size if declared is not None else None
        missing = joints - (size or joints)
    if not 0 <= missing < joints:
        raise ValueError(f"missing must be from 0 to {joints - 1}, but got {missing}")
    return JointSpec(
        study.study,
        spec_id,
        name,
        whole,
        reader.top(),
        reader.visits(),
        areas,
        tuple(sizes.items()),
        (-1, 0, 1),
        missing,
        reader.classes(),
        reader.demands(),
        _premises(study, targets, name),
    )


def _graded(study: Study) -> str:
    """Return the variable whose instrument grades joints and makes the groups."""
    name = graded_by_joint(study)
    if name is not None:
        if study.variables[name].worse == "low":
            fault = f"variables.{name}: worse must be high, but is low"
            raise DefinitionError(f"{study.study} has no joint level:", [fault])
        return name
    fault = "no variable with an instrument, a layout and a step makes the groups"
    raise DefinitionError(f"{study.study} has no joint level:", [fault])


def _premises(study: Study, targets: Targets, name: str) -> tuple[str, ...]:
    """Return the facts that sizes of groups and the number of joints rest on."""
    found = [
        cell.fact
        for label in targets.labels
        for cell in targets.find(DESCRIBE, "cohort", ("n",), group=label)
    ]
    population = study.variables[name].population or ""
    found += [
        cell.fact
        for cell in targets.find(
            "design", name, ("denominator",), population=population, group=EVERYONE
        )
    ]
    outcome = f"{name}_total"
    for analysis in study.analyses:
        if isinstance(analysis, ChangeCounts) and outcome in analysis.outcomes:
            found += [c.fact for c in targets.find(analysis.id, outcome, ("n",))]
    return tuple(dict.fromkeys(found))


def solve(spec: JointSpec, *, seed: int, limit: float = LIMIT) -> Solution:
    """
    Find grades that fit a spec, or prove that there are none.

    Parameters
    ----------
    spec : JointSpec
        Demands.
    seed : int
        Seed of the search.
    limit : float
        Deterministic time that CP-SAT is given for all grades at once.

    Returns
    -------
    Solution
        Grades are checked by CP-SAT and, in fractions, against every demand.

    Notes
    -----
    CP-SAT first decides sums over groups, then tries all grades for a short time. If
    that does not decide, a seeded descent looks for grades, and CP-SAT checks them;
    only where none are found does CP-SAT search for long.
    """
    everything = range(len(spec.demands))
    answer = solve_program(by_groups(spec).program, everything, core=True)
    if answer.status == INFEASIBLE:
        facts = [f for d in sorted(answer.core) for f in spec.demands[d].facts]
        return Solution(INFEASIBLE, None, tuple(facts), "cp-sat, sums of groups")
    full, found = in_full(spec), None
    first = min(limit, _AT_FIRST)
    answer = solve_program(full.program, everything, seed=seed, limit=first)
    if answer.status == UNKNOWN:
        found = descend(spec, seed, "solve")
        if found is not None:
            full.fix(found)
        answer = solve_program(full.program, everything, seed=seed, limit=limit)
    if answer.status == FEASIBLE:
        grades = full.read(answer.values)
        if missed(spec, grades):
            raise RuntimeError("CP-SAT and direct recomputation do not agree")
        how = "search" if found is not None else "cp-sat"
        return Solution(FEASIBLE, grades, (), f"{how}, checked by cp-sat")
    if found is not None:
        raise RuntimeError("CP-SAT and the descent do not agree")
    evidence = "cp-sat, all grades" if answer.status == INFEASIBLE else "search"
    return Solution(
        answer.status if evidence != "search" else UNKNOWN, evidence=evidence
    )
