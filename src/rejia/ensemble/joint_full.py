"""The joint-level programme in full: a grade a patient, joint and visit."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rejia.ensemble.joint_check import ABSENT
from rejia.ensemble.joint_model import Model, by_groups
from rejia.ensemble.joint_program import Program
from rejia.ensemble.joint_spec import FATES, TOTAL, JointSpec


@dataclass(frozen=True)
class Full:
    """
    A programme whose solutions are grades.

    Attributes
    ----------
    spec : JointSpec
        Demands.
    program : Program
        Constraints.
    grades : numpy.ndarray
        Variables of grades, ``[visit, joint, patient]``.
    present : numpy.ndarray
        Variables that are 1 where a joint has grades, ``[joint, patient]``.
    """

    spec: JointSpec
    program: Program
    grades: np.ndarray
    present: np.ndarray

    def read(self, values: tuple[int, ...]) -> np.ndarray:
        """Return a solution: int8 ``[visit, joint, patient]``; -1 for no grade."""
        found = np.array(values)
        read = np.where(found[self.present] == 1, found[self.grades], ABSENT)
        return read.astype(np.int8)

    def fix(self, grades: np.ndarray) -> None:
        """Let the solver check these grades, patients of a group in any order."""
        group = np.array(self.spec.group)
        before = np.maximum(grades[0], 0).sum(axis=0, dtype=int)
        grades = grades[:, :, np.lexsort((-before, group))].astype(int)
        seen = (grades[0] != ABSENT).astype(int)
        fixed = dict(zip(self.present.flat, seen.flat, strict=True))
        values = np.maximum(grades, 0)
        fixed |= dict(zip(self.grades.flat, values.flat, strict=True))
        self.program.fixed = {int(at): int(value) for at, value in fixed.items()}


def in_full(spec: JointSpec) -> Full:
    """
    Pose every grade of every patient.

    Parameters
    ----------
    spec : JointSpec
        Demands.

    Returns
    -------
    Full
        Patients of a group are ordered by their total before: every cohort is one of
        its solutions but for the order of patients.
    """
    model = by_groups(spec)
    program = model.program
    shape = (2, len(spec.areas), spec.patients)
    grades = np.zeros(shape, int)
    present = np.zeros(shape[1:], int)
    fates: dict[tuple[int, str, str], list[int]] = {at: [] for at in model.counts}
    for p, g in enumerate(spec.group):
        for j in range(len(spec.areas)):
            present[j, p] = program.variable(0 if spec.missing else 1, 1)
            for v in (0, 1):
                grades[v, j, p] = program.variable(0, spec.top)
                terms = {int(grades[v, j, p]): 1, int(present[j, p]): -spec.top}
                program.ask(terms, None, 0)
            _add_fates(model, grades[:, j, p], int(present[j, p]), fates, g)
    for at, flags in fates.items():
        program.equal(model.counts[at][0], dict.fromkeys(flags, 1))
    full = Full(spec, program, grades, present)
    _tie_sums(model, full)
    _tie_totals(model, full)
    return full


def _add_fates(
    model: Model,
    pair: np.ndarray,
    present: int,
    fates: dict[tuple[int, str, str], list[int]],
    group: int,
) -> None:
    """Add which class and fate a joint has; none where it has no grades."""
    spec, program = model.spec, model.program
    before, after = (int(at) for at in pair)
    flags = []
    for name, low, high in spec.classes or (("", 0, spec.top),):
        for fate in FATES:
            flag = program.variable(0, 1)
            program.ask({before: 1}, low, high, when=flag)
            least, most = {
                "improved": (None, -1),
                "unchanged": (0, 0),
                "worsened": (1, None),
            }[fate]
            program.ask({after: 1, before: -1}, least, most, when=flag)
            flags.append(flag)
            fates[group, name, fate].append(flag)
    program.equal(present, dict.fromkeys(flags, 1))


def _tie_sums(model: Model, full: Full) -> None:
    """Tie sums of sites and numbers of missing joints to grades."""
    spec, program = model.spec, model.program
    group = np.array(spec.group)
    for (g, site), absent in model.missing.items():
        joints = [j for j, (of, _) in enumerate(spec.areas) if of == site]
        seen = full.present[joints][:, group == g].ravel().tolist()
        program.ask({absent: 1, **dict.fromkeys(seen, 1)}, len(seen), len(seen))
        for v, visit in enumerate(spec.visits):
            cells = full.grades[v][joints][:, group == g].ravel().tolist()
            place = (g, site, visit)
            program.equal(model.sums[place], dict.fromkeys(cells, 1))
            if place in model.squares:
                squares = [program.square(cell) for cell in cells]
                program.equal(model.squares[place], dict.fromkeys(squares, 1))


def _tie_totals(model: Model, full: Full) -> None:
    """Tie sums of squares of totals, signs of change and order to grades."""
    spec, program = model.spec, model.program
    top = spec.top * len(spec.areas)
    totals = [
        [program.total(full.grades[v, :, p].tolist(), 0, top) for v in (0, 1)]
        for p in range(spec.patients)
    ]
    for g, sign in enumerate(spec.signs):
        members = [p for p, of in enumerate(spec.group) if of == g]
        for p in members:
            before, after = totals[p]
            least, most = (1, None) if sign else (0, 0)
            program.ask({after: sign or 1, before: -(sign or 1)}, least, most)
        for p, other in pairwise(members):
            program.ask({totals[p][0]: 1, totals[other][0]: -1}, 0, None)
        for v, visit in enumerate(spec.visits):
            place = (g, TOTAL, visit)
            if place in model.squares:
                squares = [program.square(totals[p][v]) for p in members]
                program.equal(model.squares[place], dict.fromkeys(squares, 1))
