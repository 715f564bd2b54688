"""The full battery of tests on every cohort of an ensemble."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rejia.ensemble._battery_kappa import kappa_blocks
from rejia.ensemble._battery_lanes import TAIL_SERIES, Floats, Lanes, two_sided_p
from rejia.ensemble._battery_models import (
    fit_fixed,
    fit_multivariable,
    fit_univariable,
)
from rejia.ensemble._battery_ranks import (
    Contrast,
    correlations,
    rank_sums,
    signed_ranks,
)
from rejia.ensemble._battery_study import study_tests
from rejia.ensemble._battery_tests import (
    FixedLogistic,
    Groups,
    Kappa,
    Logistic,
    RankSum,
    Row,
    SignedRank,
    Spearman,
    Test,
    find_rows,
)
from rejia.ensemble.model import Ensemble
from rejia.ensemble.named import callable_as_named

__all__ = [
    "FixedLogistic",
    "Kappa",
    "Logistic",
    "RankSum",
    "Results",
    "Row",
    "SignedRank",
    "Spearman",
    "Test",
    "battery",
    "study_tests",
]

# Patients times cohorts of a piece: one column of it stays in the second cache.
_PIECE = 80_000
_QUANTITIES = ("statistic", "z", "p", "beta", "se")
callable_as_named(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """
    What the battery found; arrays are [test, cohort].

    Attributes
    ----------
    index : tuple of Row
        What each test is.
    statistic : array of float
        U of the group, W+, rho, kappa; the odds ratio of a model's term.
    z : array of float
        Test statistic: z, or Student's t of Spearman's rho.
    p : array of float
        Two-sided, raw.
    beta, se : array of float
        Log odds ratio and its standard error, per 1 unit of the predictor; for kappa
        `se` alone.
    separated : array of bool
        The model has no finite maximum of the likelihood.
    """

    index: tuple[Row, ...]
    statistic: Floats
    z: Floats
    p: Floats
    beta: Floats
    se: Floats
    separated: NDArray[np.bool_]

    @property
    def cohorts(self) -> int:
        """Number of cohorts."""
        return int(self.p.shape[1])

    def bonferroni(self, m: int) -> Floats:
        """Return p as adjusted for m tests; the raw p are kept."""
        if m < 1:
            raise ValueError(f"m must be 1 or more, but got {m}")
        return np.minimum(1.0, m * self.p)

    def piece(self, cohorts: slice) -> "Results":
        """Return a view of some of the cohorts."""
        names = (*_QUANTITIES, "separated")
        return replace(
            self, **{name: getattr(self, name)[:, cohorts] for name in names}
        )


def battery(
    ensemble: Ensemble, analyses: Sequence[Test], *, threads: int = 1
) -> Results:
    """
    Do every test on every cohort.

    Parameters
    ----------
    ensemble : Ensemble
        Cohorts in whole steps, ``values[column, patient, cohort]``.
    analyses : sequence of Test
        In the order of the results; a model fills a row for each of its terms.
    threads : int
        Pieces of cohorts that are worked on at once; the result does not depend on it.

    Returns
    -------
    Results
        For each cohort what `rejia.stats` returns for it alone.

    Raises
    ------
    ValueError
        If a column, group or choice is unknown, or a grade lies outside its scale.

    Notes
    -----
    Rank statistics are sums of whole numbers, and exact. Coefficients are those of
    `rejia.stats.models` within 1e-8 standard errors. One predictor that separates
    gives plus or minus infinity, flagged, without standard error; a model of several
    that is separated is flagged, and all its terms are `nan`. A constant predictor or
    a column whose values are all tied gives `nan`.
    """
    if threads < 1:
        raise ValueError(f"threads must be 1 or more, but got {threads}")
    units = {column.name: column.unit for column in ensemble.columns}
    rows = [find_rows(test, units, ensemble.groups) for test in analyses]
    index = tuple(row for group in rows for row in group)
    shape = (len(index), ensemble.cohorts)
    arrays = {name: np.empty(shape) for name in _QUANTITIES}
    results = Results(index=index, separated=np.zeros(shape, np.bool_), **arrays)
    steps = _plan(ensemble, analyses, [len(group) for group in rows])
    size = max(64, _PIECE // max(1, len(ensemble.group)) // 256 * 256)
    pieces = [slice(at, at + size) for at in range(0, ensemble.cohorts, size)]

    def work(cohorts: slice) -> None:
        # One layout, so that each kernel is compiled once.
        values = np.ascontiguousarray(ensemble.values[:, :, cohorts])
        _run(steps, values, results.piece(cohorts))

    if threads == 1:
        for piece in pieces:
            work(piece)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, pieces))
    return results


Step = Callable[[Lanes, Results], None]


def _run(steps: Sequence[Step], values: Lanes, out: Results) -> None:
    """Do all tests on a piece; p from z in the end, but where a step wrote it."""
    out.beta[:], out.se[:], out.p[:] = np.nan, np.nan, np.nan
    for step in steps:
        step(values, out)
    for at, row in enumerate(out.index):
        if row.kind != "spearman":
            two_sided_p(out.z[at], out.p[at], TAIL_SERIES)


def _plan(
    ensemble: Ensemble, analyses: Sequence[Test], lengths: Sequence[int]
) -> list[Step]:
    """Return what to do on each piece; contrasts of one column share one sort."""
    steps: list[Step] = []
    contrasts: dict[str, list[tuple[int, RankSum]]] = defaultdict(list)
    at = 0
    for test, length in zip(analyses, lengths, strict=True):
        match test:
            case RankSum():
                contrasts[test.column].append((at, test))
            case SignedRank():
                steps.append(_signed_rank(ensemble, test, at))
            case Spearman():
                steps.append(_spearman(ensemble, test, at))
            case Kappa():
                steps.append(_kappa(ensemble, test, at))
            case Logistic():
                steps.append(_logistic(ensemble, test, at))
            case FixedLogistic():
                steps.append(_fixed(ensemble, test, at))
        at += length
    columns = [_rank_sums(ensemble, *item) for item in contrasts.items()]
    return columns + steps


def _places(ensemble: Ensemble, labels: Groups) -> tuple[int, ...]:
    """Return the places of groups."""
    for label in labels:
        if label not in ensemble.groups:
            known = ", ".join(ensemble.groups)
            raise ValueError(f"group must be one of {known}, but got {label!r}")
    return tuple(ensemble.groups.index(label) for label in labels)


def _members(ensemble: Ensemble, labels: Groups) -> NDArray[np.int64]:
    """Return the rows of the patients of some groups; of everyone without labels."""
    if not labels:
        return np.arange(len(ensemble.group), dtype=np.int64)
    chosen = np.isin(ensemble.group, _places(ensemble, labels))
    return np.flatnonzero(chosen).astype(np.int64)


def _rank_sums(
    ensemble: Ensemble, name: str, tests: Sequence[tuple[int, RankSum]]
) -> Step:
    column, group = ensemble.place(name), ensemble.group
    rows = [at for at, _ in tests]
    contrasts = [
        Contrast(
            _places(ensemble, test.group),
            _places(ensemble, test.reference),
            test.method,
        )
        for _, test in tests
    ]

    def step(values: Lanes, out: Results) -> None:
        u, z = np.empty((2, len(rows), values.shape[2]))
        rank_sums(values[column], group, contrasts, u, z)
        out.statistic[rows], out.z[rows] = u, z

    return step


def _check_steps(ensemble: Ensemble, first: str, second: str) -> tuple[int, int]:
    places = ensemble.place(first), ensemble.place(second)
    sizes = [ensemble.columns[place].step for place in places]
    if sizes[0] != sizes[1]:
        raise ValueError(
            f"{first} and {second} must have one step, but got {sizes[0]} and "
            f"{sizes[1]}"
        )
    return places


def _signed_rank(ensemble: Ensemble, test: SignedRank, at: int) -> Step:
    before, after = _check_steps(ensemble, test.before, test.after)
    rows = _members(ensemble, test.groups)

    def step(values: Lanes, out: Results) -> None:
        pair = values[before], values[after]
        result = out.statistic[at], out.z[at]
        signed_ranks(*pair, rows, zeros=test.zeros, method=test.method, out=result)

    return step


def _spearman(ensemble: Ensemble, test: Spearman, at: int) -> Step:
    x, y = ensemble.place(test.x), ensemble.place(test.y)
    rows = _members(ensemble, test.groups)

    def step(values: Lanes, out: Results) -> None:
        result = out.statistic[at], out.z[at], out.p[at]
        correlations(values[x], values[y], rows, result)

    return step


def _kappa(ensemble: Ensemble, test: Kappa, at: int) -> Step:
    first, second = _check_steps(ensemble, test.first, test.second)
    if ensemble.columns[first].step != 1:
        raise ValueError(
            f"kappa needs whole grades, but {test.first} has the step "
            f"{ensemble.columns[first].step}"
        )
    rows = _members(ensemble, ())
    places = np.arange(test.levels)
    distance = np.abs(places[:, np.newaxis] - places) / (test.levels - 1)
    power = {"unweighted": 0.0, "linear": 1.0, "quadratic": 2.0}[test.weights]
    credit = 1.0 - np.where(distance > 0.0, distance**power, 0.0)

    def step(values: Lanes, out: Results) -> None:
        pair = values[first], values[second]
        low, high = min(v.min() for v in pair), max(v.max() for v in pair)
        if low < 0 or high >= test.levels:
            raise ValueError(
                f"grades of {test.first} and {test.second} must be from 0 to "
                f"{test.levels - 1}, but got {low} to {high}"
            )
        kappa_blocks(*pair, rows, credit, out.statistic[at], out.se[at], out.z[at])

    return step


def _events(ensemble: Ensemble, event: Groups) -> tuple[NDArray[np.int64], int]:
    """Return all patients, events first, and the number of events."""
    events = _members(ensemble, event) if event else np.empty(0, np.int64)
    others = np.setdiff1d(_members(ensemble, ()), events)
    return np.concatenate([events, others]), len(events)


def _logistic(ensemble: Ensemble, test: Logistic, at: int) -> Step:
    columns = [ensemble.place(name) for name in test.columns]
    sizes = np.array([float(ensemble.columns[c].step) for c in columns])
    rows, m = _events(ensemble, test.event)
    fit = fit_univariable if len(columns) == 1 else fit_multivariable

    def step(values: Lanes, out: Results) -> None:
        part = slice(at, at + len(columns))
        beta, se = np.empty((2, len(columns), values.shape[2]))
        out.separated[part] = fit(values, columns, rows, m, beta=beta, se=se)
        beta /= sizes[:, np.newaxis]
        se /= sizes[:, np.newaxis]
        out.beta[part], out.se[part] = beta, se
        # An infinite coefficient is separation, and has no standard error.
        out.z[part] = beta / se
        with np.errstate(over="ignore"):
            out.statistic[part] = np.exp(beta)

    return step


def _fixed(ensemble: Ensemble, test: FixedLogistic, at: int) -> Step:
    sizes = [
        (label in test.event, int(np.count_nonzero(ensemble.group == place)), label)
        for place, label in enumerate(ensemble.groups)
    ]
    _places(ensemble, (*test.event, *(label for label, _ in test.ones)))
    ones = dict(test.ones)
    counts = [0, 0, 0, 0]
    for is_event, size, label in sizes:
        with_one = ones.get(label, 0)
        if not 0 <= with_one <= size:
            raise ValueError(
                f"ones of group {label} must be from 0 to {size}, but got {with_one}"
            )
        counts[0 if is_event else 2] += with_one
        counts[1 if is_event else 3] += size - with_one
    beta, se, separated = fit_fixed(*counts)

    def step(values: Lanes, out: Results) -> None:
        out.beta[at], out.se[at], out.z[at] = beta, se, beta / se
        out.statistic[at], out.separated[at] = np.exp(beta), separated

    return step
