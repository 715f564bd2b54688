"""Who is in the drawn cohort: patients, their groups, and smaller populations."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pandas as pd

from rejia.ensemble.lattice import Window
from rejia.ensemble.streams import stream
from rejia.ensemble.targets import EVERYONE, Targets
from rejia.errors import DefinitionError
from rejia.study import Study, Variable

_WIDE = 6  # SDs either side, where a scale has no end


@dataclass(frozen=True)
class Scale:
    """Recorded lattice of a variable, in whole steps."""

    step: Fraction
    low: int | None
    high: int | None

    def value(self, units: int) -> float:
        """Return a lattice value as the float of its shortest decimal text."""
        return float(units * self.step)


@dataclass(frozen=True)
class Column:
    """What is printed of one column: outcome, visit, joint or item, and its lattice."""

    outcome: str
    scale: Scale
    visit: str = ""
    component: str = ""


@dataclass(frozen=True)
class Plan:
    """
    What every column of the draw is given.

    Attributes
    ----------
    study : Study
        Definitions.
    targets : Targets
        Printed numbers.
    seed : int
        Seed of the run.
    patients : tuple of str
        Identifiers.
    groups : tuple of str
        Group of each patient.
    """

    study: Study
    targets: Targets
    seed: int
    patients: tuple[str, ...]
    groups: tuple[str, ...]

    @classmethod
    def of(cls, study: Study, facts: pd.DataFrame, seed: int) -> "Plan":
        """Give patients their groups, in a random order."""
        targets = Targets(study, facts)
        labels = [label for label, n in targets.sizes().items() for _ in range(n)]
        order = stream(seed, "groups").permutation(len(labels))
        width = max(2, len(str(len(labels))))
        cohort = study.draw.cohort if study.draw is not None else "drawn"
        return cls(
            study,
            targets,
            seed,
            tuple(f"{cohort}_{at + 1:0{width}d}" for at in range(len(labels))),
            tuple(labels[at] for at in order),
        )

    def stream(self, name: str) -> np.random.Generator:
        """Return the generator of a column."""
        return stream(self.seed, name)

    def members(self, group: str) -> list[int]:
        """Return the places of the patients of a group, a merge, or everyone."""
        parts = self.targets.parts(group)
        return [at for at, label in enumerate(self.groups) if label in parts]

    def labels(self) -> tuple[str, ...]:
        """Return groups, their merges, and everyone."""
        merges = tuple(self.study.structure.merges)
        return tuple(dict.fromkeys((*self.targets.labels, *merges, EVERYONE)))

    def population(self, variable: Variable) -> list[int]:
        """
        Return the places of the patients who have a value of a variable.

        Populations of the same number of patients are the same patients.
        """
        declared = self.study.populations.get(variable.population or "patients")
        size = declared.size if declared is not None else None
        if declared is None or size is None or declared.unit == "joint":
            return list(range(len(self.patients)))
        if declared.unit in {"hand", "hip"}:
            size //= 2
        if size >= len(self.patients):
            return list(range(len(self.patients)))
        order = self.stream(f"population of {size}").permutation(len(self.patients))
        return sorted(int(at) for at in order[:size])

    def scale(self, name: str) -> Scale:
        """
        Return the lattice of a variable.

        Raises
        ------
        DefinitionError
            If it has no step.
        """
        variable = self.study.variables[name]
        if variable.step is None:
            fault = f"variables.{name}: step is missing; a drawn column needs one"
            raise DefinitionError("a cohort cannot be drawn:", [fault])
        step = Fraction(repr(variable.step))
        low, high = variable.min, variable.max
        return Scale(
            step,
            None if low is None else ceil(Fraction(repr(low)) / step),
            None if high is None else floor(Fraction(repr(high)) / step),
        )

    def windows(self, column: Column, group: str, n: int) -> tuple[Window, ...]:
        """Return the windows of `n` values of a group, in whole steps."""
        found = self.targets.windows(
            column.outcome, group, n, component=column.component, visit=column.visit
        )
        return tuple(window.in_units(float(column.scale.step)) for window in found)


def middle(windows: tuple[Window, ...], statistic: str) -> float | None:
    """Return the middle of the first window of a statistic."""
    for window in windows:
        if window.statistic == statistic:
            return (window.low + window.high) / 2
    return None


def bounds(scale: Scale, windows: tuple[Window, ...]) -> tuple[int, int]:
    """Return the ends of a scale; some SDs around the mean where it has none."""
    mean, sd = middle(windows, "mean") or 0.0, middle(windows, "sd") or 1.0
    low = floor(mean - _WIDE * sd) if scale.low is None else scale.low
    high = ceil(mean + _WIDE * sd) if scale.high is None else scale.high
    return low, high


def start_values(
    rng: np.random.Generator, windows: tuple[Window, ...], scale: Scale, n: int
) -> list[int]:
    """
    Draw values from which a descent starts.

    Gamma above a declared end of the scale, normal where there is none, with the
    printed mean and SD.
    """
    mean, sd = middle(windows, "mean"), middle(windows, "sd")
    if mean is None:
        mean = float(scale.low or 0)
    if not sd:
        return [round(mean)] * n
    low = scale.low
    if low is None or mean <= low:
        drawn = rng.normal(mean, sd, n)
    else:
        shape = ((mean - low) / sd) ** 2
        drawn = low + rng.gamma(shape, (mean - low) / shape, n)
    return [round(value) for value in drawn.tolist()]
