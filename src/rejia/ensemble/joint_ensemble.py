"""Joint-level cohorts, and how they are drawn."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rejia.ensemble.diagnose import effective_size, r_hat, u_statistic, w_plus
from rejia.ensemble.joint_chain import BETWEEN, COLD, DESCENT, start_chain
from rejia.ensemble.joint_check import ABSENT
from rejia.ensemble.joint_spec import JointSpec
from rejia.ensemble.model import Diagnostic
from rejia.errors import DataError

CHAINS, EVERY = 4, 16
_PATIENCE = 20_000  # looks for each that is recorded
_FEWEST = 4  # records of a chain that diagnostics need


@dataclass(frozen=True, slots=True)
class JointEnsemble:
    """
    Joint-level cohorts that fit a spec: consistent with the publication, no data.

    Attributes
    ----------
    grades : numpy.ndarray
        int8 ``[visit, joint, patient, cohort]``, in steps; -1: no grade.
    spec : JointSpec
        What they fit; it names visits, joints and groups.
    diagnostics : tuple of Diagnostic
        One a functional, over all chains.
    """

    grades: np.ndarray
    spec: JointSpec
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def cohorts(self) -> int:
        """Number of cohorts."""
        return int(self.grades.shape[3])

    def to_findings(self, cohort: int) -> pd.DataFrame:
        """
        Return one cohort as rows of findings, averaged grades.

        Parameters
        ----------
        cohort : int
            Place of the cohort.

        Returns
        -------
        pandas.DataFrame
            ``patient, group, visit, site, side, finding, value``; no row for a joint
            without a grade. Raw readings of an averaged grade are drawn by
            `rejia.ensemble.readings`.
        """
        if not 0 <= cohort < self.cohorts:
            raise ValueError(
                f"cohort must be from 0 to {self.cohorts - 1}, but got {cohort}"
            )
        labels = [label for label, size in self.spec.groups for _ in range(size)]
        rows = [
            (
                patient,
                labels[patient],
                visit,
                site,
                side,
                self.spec.variable,
                float(int(self.grades[v, j, patient, cohort]) * self.spec.step),
            )
            for patient in range(self.spec.patients)
            for v, visit in enumerate(self.spec.visits)
            for j, (site, side) in enumerate(self.spec.areas)
            if self.grades[v, j, patient, cohort] != ABSENT
        ]
        names = ["patient", "group", "visit", "site", "side", "finding", "value"]
        return pd.DataFrame(rows, columns=names)


def sample_joints(
    spec: JointSpec,
    cohorts: int,
    *,
    seed: int,
    jobs: int = 1,
    every: int = EVERY,
) -> JointEnsemble:
    """
    Draw joint-level cohorts, uniform over all grades that fit a spec.

    Parameters
    ----------
    spec : JointSpec
        Demands that can stand together.
    cohorts : int
        Number of cohorts.
    seed : int
        Seed; each chain has a stream of its own.
    jobs : int
        Threads; the result does not depend on it.
    every : int
        Of the looks that find a chain inside all windows, every so many is a cohort.

    Returns
    -------
    JointEnsemble
        The law is uniform over ordered arrays of grades, missing joints included.

    Raises
    ------
    DataError
        If a chain was hardly ever inside all windows, which proves nothing.
    """
    if cohorts < 1:
        raise ValueError(f"cohorts must be 1 or more, but got {cohorts}")
    if every < 1:
        raise ValueError(f"every must be 1 or more, but got {every}")
    each = max(_FEWEST, -(-cohorts // CHAINS))

    def chain(at: int) -> np.ndarray:
        return _chain(spec, each, every, seed, at)

    with ThreadPoolExecutor(jobs) as pool:
        drawn = list(pool.map(chain, range(CHAINS)))
    found = diagnose(spec, np.concatenate(drawn), CHAINS)
    # Cohorts of all chains take turns, so that any first ones are of all chains.
    whole = np.stack(drawn, axis=1).reshape(-1, *drawn[0].shape[1:])
    grades = np.ascontiguousarray(whole[:cohorts].transpose(1, 2, 3, 0))
    return JointEnsemble(grades, spec, found)


def _chain(spec: JointSpec, records: int, every: int, seed: int, at: int) -> np.ndarray:
    """Draw the cohorts of one chain: int8 ``[cohort, visit, joint, patient]``."""
    from rejia.ensemble.joint_walk import walk

    grid, place = start_chain(spec, seed, "chain", at)
    rng = np.random.Generator(np.random.PCG64([int(word) for word in place.seed]))
    out = np.zeros((records, *place.grade.shape), np.int8)
    burn = DESCENT * place.grade[0].size
    walk(grid, place, out[:0], burn, BETWEEN, every, COLD, False)
    looks = _PATIENCE * records * every
    made, _ = walk(grid, place, out, looks, BETWEEN, every, COLD, False)
    if made < records:
        fault = f"a chain was inside all windows {made} times, not {records} times"
        raise DataError(f"{spec.variable} under {spec.id} cannot be sampled:", [fault])
    # Patients of a group, and the joints of a site, can change places: no window
    # sees it, so any order is as likely.
    keys = np.array(spec.group) + rng.random((records, spec.patients))
    order = np.argsort(keys, axis=1)
    return np.take_along_axis(out, order[:, None, None, :], axis=3)


def diagnose(spec: JointSpec, drawn: np.ndarray, chains: int) -> tuple[Diagnostic, ...]:
    """
    Compute diagnostics of functionals of grades.

    Parameters
    ----------
    spec : JointSpec
        What the cohorts fit.
    drawn : numpy.ndarray
        ``[cohort, visit, joint, patient]``; the cohorts of one chain after another.
    chains : int
        Chains, of one length.

    Returns
    -------
    tuple of Diagnostic
        Of totals at both visits: U of the last group against the others, third
        moment, largest; W+ of the change; joints of the highest grade and of grade 0;
        the patient with the most joints above 0.
    """
    values = np.maximum(drawn, 0)
    totals = values.sum(axis=2, dtype=np.int64)
    group = np.array(spec.group)
    last = group == group.max()
    series: list[tuple[str, str, np.ndarray]] = []
    for v, visit in enumerate(spec.visits):
        total = np.ascontiguousarray(totals[:, v].T)
        centred = total - total.mean()
        if not last.all():
            series.append((visit, "u", u_statistic(total, last)))
        series += [
            (visit, "third_moment", (centred**3).mean(axis=0)),
            (visit, "max", total.max(axis=0)),
            (visit, "highest", (drawn[:, v] == spec.top).sum(axis=(1, 2))),
            (visit, "zero", (drawn[:, v] == 0).sum(axis=(1, 2))),
            (visit, "most_joints", (drawn[:, v] > 0).sum(axis=1).max(axis=1)),
        ]
    both = [np.ascontiguousarray(totals[:, v].T) for v in range(2)]
    series.append((spec.visits[1], "w_plus", w_plus(both[0], both[1])))
    found = []
    for visit, name, values in series:
        shaped = values.reshape(chains, -1).astype(np.float64)
        size = effective_size(shaped)
        mean, error = float(shaped.mean()), float(shaped.std(ddof=1) / np.sqrt(size))
        column = f"{spec.variable}@{visit}"
        found.append(
            Diagnostic(column, name, "chains", r_hat(shaped), size, mean, error)
        )
    return tuple(found)
