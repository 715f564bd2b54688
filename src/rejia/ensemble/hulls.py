"""How far each statistic of the battery can go among the cohorts that fit a spec."""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from rejia.ensemble._battery_tests import (
    FixedLogistic,
    Kappa,
    Logistic,
    Row,
    Spearman,
    Test,
    find_rows,
)
from rejia.ensemble.battery import Results, battery
from rejia.ensemble.model import Ensemble, Spec
from rejia.ensemble.search import Searched, Searcher, Wish, columns_of

NORMAL_975 = 1.959963984540054
_STARTS = 4
_HOT = 0.25  # standard deviations of the statistic among drawn cohorts
_COLD = 0.002


@dataclass(frozen=True)
class Hull:
    """
    Smallest and largest value that was found, each with a cohort that has it.

    Attributes
    ----------
    low, high : float
        Ends; values between them need not all be attained.
    at_low, at_high : int
        Places of the witnesses in `Hulls.witnesses`.
    """

    low: float
    high: float
    at_low: int
    at_high: int


@dataclass(frozen=True)
class Hulls:
    """
    Hulls of every row of a battery.

    Attributes
    ----------
    index : tuple of Row
        Rows of the battery.
    found : dict of (int, str) to Hull
        By row and cell: ``p_value``; of a model also ``odds_ratio``, ``ci_low``,
        ``ci_high``.
    witnesses : Ensemble
        The cohorts at the ends; each fits the spec.
    """

    index: tuple[Row, ...]
    found: dict[tuple[int, str], Hull]
    witnesses: Ensemble


def cell_values(results: Results, row: int) -> dict[str, np.ndarray]:
    """
    Return what a row of the battery shows of each cohort.

    Parameters
    ----------
    results : Results
        Of the battery.
    row : int
        Place in its index.

    Returns
    -------
    dict of str to numpy.ndarray
        float64 ``[cohort]`` by cell, Wald limits at 0.95; a correlation has
        ``spearman`` too.
    """
    cells = {"p_value": results.p[row]}
    kind = results.index[row].kind
    if kind == "logistic":
        beta, se = results.beta[row], results.se[row]
        with np.errstate(over="ignore", invalid="ignore"):
            cells["odds_ratio"] = np.exp(beta)
            cells["ci_low"] = np.exp(beta - NORMAL_975 * se)
            cells["ci_high"] = np.exp(beta + NORMAL_975 * se)
    elif kind == "spearman":
        cells["spearman"] = results.statistic[row]
    return cells


def find_hulls(
    spec: Spec,
    tests: Sequence[Test],
    ensemble: Ensemble,
    *,
    seed: int,
    steps: int = 40_000,
    jobs: int = 1,
) -> Hulls:
    """
    Search for the ends of every statistic.

    Parameters
    ----------
    spec : Spec
        Demands.
    tests : sequence of Test
        Battery.
    ensemble : Ensemble
        Drawn cohorts that fit the spec: where searches begin.
    seed : int
        Seed of the searches.
    steps : int
        Moves of each search.
    jobs : int
        Threads; the result does not depend on it.

    Returns
    -------
    Hulls
        Of everything that was drawn or found. A search shows that a value is
        attained, never that one is not.
    """
    searcher = Searcher(spec, seed)
    results = battery(ensemble, tests, threads=jobs)
    begins = np.cumsum([0, *(len(_rows_of(test, ensemble)) for test in tests)])
    together: dict[tuple[str, ...], list[tuple[Searched, int]]] = defaultdict(list)
    for test, at in zip(tests, begins[:-1], strict=True):
        if not isinstance(test, FixedLogistic | Spearman | Kappa):
            together[tuple(sorted(columns_of(test)))].append((test, int(at)))
    groups = [
        _Together(searcher, ensemble, results, members, steps)
        for members in together.values()
    ]
    # All problems are posed before threads share them.
    for group in groups:
        group.prepare()
    with ThreadPoolExecutor(jobs) as pool:
        found = list(pool.map(lambda group: group.search(), groups))
    cohorts = [cohort for group in found for cohort in group]
    values = ensemble.values
    if cohorts:
        more = np.stack(cohorts, axis=2).astype(values.dtype)
        values = np.concatenate([values, more], axis=2)
    everything = replace(ensemble, values=np.ascontiguousarray(values), diagnostics=())
    return _ends(everything, battery(everything, tests, threads=jobs))


def _rows_of(test: Test, ensemble: Ensemble) -> list[Row]:
    units = {column.name: column.unit for column in ensemble.columns}
    return find_rows(test, units, ensemble.groups)


def _ends(ensemble: Ensemble, results: Results) -> Hulls:
    """Return the extremes over all cohorts, and keep the cohorts that have them."""
    places: dict[int, int] = {}
    found = {}
    for row in range(len(results.index)):
        for cell, values in cell_values(results, row).items():
            if np.isnan(values).all():
                continue
            low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
            at = [places.setdefault(cohort, len(places)) for cohort in (low, high)]
            found[row, cell] = Hull(float(values[low]), float(values[high]), *at)
    kept = np.ascontiguousarray(ensemble.values[:, :, list(places)])
    return Hulls(results.index, found, replace(ensemble, values=kept))


@dataclass(frozen=True)
class _Together:
    """Tests of the same columns: what one search finds, the next begins from."""

    searcher: Searcher
    ensemble: Ensemble
    results: Results
    members: list[tuple[Searched, int]]
    steps: int

    def prepare(self) -> None:
        """Pose the walks."""
        for test, _ in self.members:
            for link in self.searcher.moving([test]):
                self.searcher.problem(link)

    def search(self) -> list[np.ndarray]:
        """Return the cohorts that were found."""
        found: list[np.ndarray] = []
        for test, row in self.members:
            terms = len(test.columns) if isinstance(test, Logistic) else 1
            for term in range(terms):
                self._search_row(test, row + term, term, found)
        return found

    def _search_row(
        self, test: Searched, row: int, term: int, found: list[np.ndarray]
    ) -> None:
        outputs = ["z"]
        if isinstance(test, Logistic):
            outputs.append("odds_ratio")
            if len(test.columns) == 1:
                outputs += ["ci_low", "ci_high"]
        for output in outputs:
            drawn = self._drawn(row, output)
            size = float(np.nanstd(drawn))
            if not np.isfinite(size) or size == 0.0:
                continue
            ends = []
            for sign in (1.0, -1.0):
                wish = Wish(0, output, term, linear=sign)
                ends.append(sign * self._one(test, wish, sign * drawn, size, found))
            if output == "z" and ends[0] < 0.0 < ends[1]:
                wish = Wish(0, output, term, low=0.0, high=0.0, weight=1.0)
                self._one(test, wish, np.abs(drawn), size, found)

    def _drawn(self, row: int, output: str) -> np.ndarray:
        """Return an output among the drawn cohorts, on the scale of the search."""
        with np.errstate(invalid="ignore"):
            beta, se = self.results.beta[row], self.results.se[row]
            if output == "z":
                drawn = self.results.z[row]
            else:
                side = {"odds_ratio": 0.0, "ci_low": -1.0, "ci_high": 1.0}[output]
                drawn = beta + side * NORMAL_975 * se
        return np.asarray(drawn)

    def _one(
        self,
        test: Searched,
        wish: Wish,
        drawn: np.ndarray,
        size: float,
        found: list[np.ndarray],
    ) -> float:
        """Search from the best cohorts drawn and found; return the least energy."""
        order = np.argsort(np.where(np.isnan(drawn), np.inf, drawn), kind="stable")
        starts = [
            self.ensemble.values[:, :, at].astype(np.int64) for at in order[:_STARTS]
        ]
        least, best = self.searcher.best([test], [wish], [*starts, *found])
        heat = (_HOT * size, _COLD * size)
        tries = [best, *starts[: _STARTS - 1]]
        for number, start in enumerate(tries):
            name = f"{test!r} {wish!r} {number}"
            energy, cohort = self.searcher.search(
                [test],
                [wish],
                start,
                steps=self.steps // len(tries),
                heat=heat,
                name=name,
            )
            if energy < least:
                least, best = energy, cohort
        found.append(best)
        return least
