"""Raw readings behind averaged grades: whole grades by reader and reading."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rejia.ensemble.plan import Plan
from rejia.study.schema import Agreement

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
_MOVES = 6_000
_NEAR = 5e-4


@dataclass(frozen=True)
class Readings:
    """
    Raw readings of some joints.

    Attributes
    ----------
    grades : numpy.ndarray
        Whole grades; joint, reader, reading.
    """

    grades: np.ndarray

    def rows(self, joint: int) -> list[tuple[str, str, int]]:
        """Return reader, reading and grade of one joint."""
        return [
            (f"reader_{reader + 1}", ORDINALS[reading], int(grade))
            for reader, of_reader in enumerate(self.grades[joint])
            for reading, grade in enumerate(of_reader)
        ]


def draw_readings(plan: Plan, name: str, sums: Sequence[int]) -> Readings:
    """
    Split averaged grades into whole raw readings.

    Parameters
    ----------
    plan : Plan
        Patients and targets.
    name : str
        Variable; one over its step is the number of readings of a joint.
    sums : sequence of int
        Grade of each joint in steps, which is the sum of its readings.

    Returns
    -------
    Readings
        The average of each joint's readings is its grade. They differ by one at
        most at first; then single readings move apart, one up and one down, while
        the weighted kappas between and within readers come nearer to the printed
        ones.
    """
    rng = plan.stream(f"readings of {name}")
    count = int(1 / plan.scale(name).step)
    printed = plan.targets.count("design", "readers", "n", level="inter") or 1
    readers = printed if count % printed == 0 else 1
    top = round(plan.study.variables[name].max or max(sums))
    total = np.asarray(sums)[:, None]
    place = np.argsort(rng.random((len(sums), count)), axis=1)
    grades = total // count + (place < total % count)
    grades = grades.reshape(len(sums), readers, count // readers)
    goals = _kappas(plan, name)
    if goals and readers == 2 and grades.shape[2] == 2:
        _disagree(grades, goals, top, rng)
    return Readings(grades)


def _kappas(plan: Plan, name: str) -> dict[str, tuple[float, np.ndarray]]:
    """Return the printed kappa and its weights, between and within readers."""
    found: dict[str, tuple[float, np.ndarray]] = {}
    distance = np.abs(np.subtract.outer(np.arange(100), np.arange(100))).astype(float)
    weights = {
        "linear": distance,
        "quadratic": distance**2,
        "unweighted": (distance > 0).astype(float),
    }
    for definition in plan.study.analyses:
        if isinstance(definition, Agreement) and definition.outcome == name:
            for cell in plan.targets.find(definition.id, name, ("kappa",)):
                found[definition.between] = (
                    float(cell.value),
                    weights[definition.weights],
                )
    return found


def _disagree(
    grades: np.ndarray,
    goals: dict[str, tuple[float, np.ndarray]],
    top: int,
    rng: np.random.Generator,
) -> None:
    """Move readings apart, in place, until the kappas are near."""
    crossed = {
        between: _crossed(grades, between, top + 1) for between in ("inter", "intra")
    }
    away = _away(crossed, goals)
    joints = np.flatnonzero(grades.sum(axis=(1, 2)) > 0)
    if not len(joints):
        return
    draws = rng.integers(0, (len(joints), 4, 4), size=(_MOVES, 3)).tolist()
    for at, up, down in draws:
        if away < _NEAR:
            return
        one = grades[joints[at]]
        raised, lowered = divmod(up, 2), divmod(down, 2)
        if up == down or one[raised] >= top or one[lowered] <= 0:
            continue
        for sign in (-1, 1):
            if sign > 0:
                one[raised] += 1
                one[lowered] -= 1
            _count(crossed, one, sign)
        if np.ptp(one) <= 2 and (new := _away(crossed, goals)) < away:
            away = new
            continue
        _count(crossed, one, -1)
        one[raised] -= 1
        one[lowered] += 1
        _count(crossed, one, 1)


def _crossed(grades: np.ndarray, between: str, levels: int) -> np.ndarray:
    table = np.zeros((levels, levels))
    for one in grades:
        _add(table, one, between, 1)
    return table


def _count(crossed: dict[str, np.ndarray], one: np.ndarray, sign: int) -> None:
    for between, table in crossed.items():
        _add(table, one, between, sign)


def _add(table: np.ndarray, one: np.ndarray, between: str, sign: int) -> None:
    """Count first readings of two readers, or both readings of each reader."""
    if between == "inter":
        table[one[0, 0], one[1, 0]] += sign
    else:
        table[one[0, 0], one[0, 1]] += sign
        table[one[1, 0], one[1, 1]] += sign


def _away(
    crossed: dict[str, np.ndarray], goals: dict[str, tuple[float, np.ndarray]]
) -> float:
    away = 0.0
    for between, (goal, weights) in goals.items():
        table = crossed[between]
        levels = len(table)
        used = weights[:levels, :levels]
        expected = table.sum(axis=1) @ used @ table.sum(axis=0) / table.sum()
        kappa = 1.0 - (used * table).sum() / expected if expected else 1.0
        away += abs(kappa - goal)
    return away
