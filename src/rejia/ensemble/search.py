"""Search among the cohorts that fit a spec for one that serves a goal best."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from rejia.ensemble import chains
from rejia.ensemble._battery_tests import Logistic, RankSum, SignedRank
from rejia.ensemble.model import Cell, SignRule, Spec, SumRule
from rejia.ensemble.walk_state import Problem, State

Searched = RankSum | SignedRank | Logistic
# Order of the outputs of `rejia.ensemble.goal`.
RANK_OUTPUTS = ("z", "p_value")
TERM_OUTPUTS = ("z", "p_value", "odds_ratio", "ci_low", "ci_high")
_ENDS_HELD = 6.0  # a state that loses the end of a range is accepted so rarely
_TURNS = 4  # times that each of several links is searched


@dataclass(frozen=True, slots=True)
class Wish:
    """
    What is wanted of one output of a test.

    Attributes
    ----------
    test, term : int
        Place of the test in the search; of the predictor in its model.
    output : str
        ``z``, ``p_value``; of a model's term also ``odds_ratio``, ``ci_low``,
        ``ci_high``, all three as logarithms.
    linear : float
        1 makes it small, -1 large, 0 neither.
    low, high, weight : float
        Window, and what each unit outside it costs.
    """

    test: int
    output: str
    term: int = 0
    linear: float = 0.0
    low: float = -np.inf
    high: float = np.inf
    weight: float = 0.0


@dataclass(frozen=True)
class Searcher:
    """
    Searches of one spec; each begins from a cohort that fits.

    Attributes
    ----------
    spec : Spec
        Demands that every visited cohort meets.
    seed : int
        Seed of all searches.
    """

    spec: Spec
    seed: int
    _problems: dict[str, Problem] = field(default_factory=dict, repr=False)

    @cached_property
    def group(self) -> np.ndarray:
        """Return the place of each patient's group."""
        sizes = [size for _, size in self.spec.groups]
        return np.repeat(np.arange(len(sizes)), sizes)

    @cached_property
    def _links(self) -> tuple[chains.Link, ...]:
        return chains.links(self.spec)

    def problem(self, link: chains.Link) -> Problem:
        """Return the walk of a link, made once."""
        name = " ".join(link.columns)
        if name not in self._problems:
            posed = chains.pose(self.spec, link, None)
            held = np.full(len(posed.end_weight), _ENDS_HELD)
            self._problems[name] = posed._replace(end_weight=held)
        return self._problems[name]

    def search(
        self,
        tests: Sequence[Searched],
        wishes: Iterable[Wish],
        start: np.ndarray,
        *,
        steps: int,
        heat: tuple[float, float],
        name: str,
    ) -> tuple[float, np.ndarray]:
        """
        Search from one cohort.

        Parameters
        ----------
        tests : sequence of RankSum, SignedRank or Logistic
            Tests that the wishes speak of.
        wishes : iterable of Wish
            What the energy is made of.
        start : numpy.ndarray
            ``[column, patient]`` in steps; a cohort that fits.
        steps : int
            Moves to try, over all links together.
        heat : tuple of float
            First and last temperature, in units of the energy.
        name : str
            Names the stream of random numbers.

        Returns
        -------
        energy : float
            Of the best cohort.
        cohort : numpy.ndarray
            int64 ``[column, patient]``; fits the spec.
        """
        from rejia.ensemble.climb import climb
        from rejia.ensemble.goal import evaluate, make_room

        goal = _goal(self.spec, self.group, tests, list(wishes))
        room = make_room(len(goal.linear), len(self.group))
        best = np.ascontiguousarray(start, np.int64).copy()
        least = evaluate(best, goal, room)
        links = self.moving(tests)
        turns = 1 if len(links) == 1 else _TURNS
        hot, cold = heat
        parts = turns * len(links)
        for part in range(parts):
            link = links[part % len(links)]
            problem = self.problem(link)
            values = self._arrange(link, problem, best)
            words = chains.seed_words(self.seed, "search", name, part)
            state = self._state(link, problem, values, words)
            ratio = (cold / hot) ** (1.0 / parts)
            found = best.copy()
            place = np.array([self._row(name) for name in link.columns], np.int64)
            energy = climb(
                *(problem, state, goal, room, values, place, found),
                *(steps // parts, hot * ratio**part, hot * ratio ** (part + 1)),
            )
            if energy < least:
                least, best = energy, found
        return least, best

    def best(
        self,
        tests: Sequence[Searched],
        wishes: Iterable[Wish],
        cohorts: Sequence[np.ndarray],
    ) -> tuple[float, np.ndarray]:
        """Return the cohort of the least energy, and that energy."""
        energies = self._energies(tests, list(wishes), cohorts)
        at = int(np.argmin(energies))
        return float(energies[at]), cohorts[at]

    def order(
        self,
        tests: Sequence[Searched],
        wishes: Iterable[Wish],
        cohorts: Sequence[np.ndarray],
    ) -> list[int]:
        """Return the places of cohorts, least energy first."""
        energies = self._energies(tests, list(wishes), cohorts)
        return [int(at) for at in np.argsort(energies, kind="stable")]

    def _energies(
        self,
        tests: Sequence[Searched],
        wishes: list[Wish],
        cohorts: Sequence[np.ndarray],
    ) -> list[float]:
        from rejia.ensemble.goal import evaluate, make_room

        goal = _goal(self.spec, self.group, tests, wishes)
        room = make_room(len(goal.linear), len(self.group))
        return [float(evaluate(cohort, goal, room)) for cohort in cohorts]

    def _row(self, name: str) -> int:
        return [column.name for column in self.spec.columns].index(name)

    def moving(self, tests: Sequence[Searched]) -> list[chains.Link]:
        """Return the links that hold a column of the tests."""
        read = {name for test in tests for name in columns_of(test)}
        return [link for link in self._links if read & set(link.columns)]

    def _arrange(
        self, link: chains.Link, problem: Problem, cohort: np.ndarray
    ) -> np.ndarray:
        """Put patients whose value is fixed at 0 where the walk wants them."""
        order = np.arange(cohort.shape[1])
        for at, name in enumerate(link.bases):
            fixed = (problem.low[at] == 0) & (problem.high[at] == 0)
            for g in range(len(self.spec.groups)):
                of = np.flatnonzero(self.group == g)
                if fixed[of].any() and not fixed[of].all():
                    present = cohort[self._row(name), order[of]] != 0
                    order[of] = order[of][np.argsort(present, kind="stable")]
        return np.ascontiguousarray(cohort[:, order])

    def _state(
        self,
        link: chains.Link,
        problem: Problem,
        values: np.ndarray,
        words: np.ndarray,
    ) -> State:
        """Return a state of the walk at a cohort."""
        from rejia.ensemble.moves import tally

        bases = len(link.bases)
        k = np.zeros((link.coords, len(self.group)), np.int64)
        for at, name in enumerate(link.bases):
            k[at] = values[self._row(name)]
        if bases == 2:
            k[2] = problem.link @ k[:2]
        rng = np.random.Generator(np.random.PCG64([int(word) for word in words]))
        x = k[:bases] + rng.uniform(-0.5, 0.5, (bases, k.shape[1]))
        x[1:, problem.tied] = x[0, problem.tied]
        none = np.zeros(len(problem.coord), np.int64)
        sums, squares, _ = tally(k, problem.member, problem.coord, none)
        _, _, holders = tally(
            k, problem.end_member, problem.end_coord, problem.end_value
        )
        ends = len(holders)
        return State(
            *(x, k, sums, squares, holders, words.copy(), np.zeros(ends, np.int64)),
            np.zeros(3, np.int64),
            np.zeros((bases, 3)),
            np.zeros((link.coords, 3), np.int64),
            *(np.zeros(size, np.int64) for size in (len(sums), len(sums), ends)),
        )


def columns_of(test: Searched) -> tuple[str, ...]:
    """Return the columns that a test reads."""
    match test:
        case RankSum():
            return (test.column,)
        case SignedRank():
            return (test.before, test.after)
        case Logistic():
            return test.columns


def _goal(spec: Spec, group: np.ndarray, tests: Sequence[Searched], wishes: list[Wish]):  # type: ignore[no-untyped-def]
    """Return tests and wishes as arrays."""
    from rejia.ensemble import goal

    rows = {column.name: at for at, column in enumerate(spec.columns)}
    places = {label: at for at, (label, _) in enumerate(spec.groups)}
    kinds = np.zeros((len(tests), 3), np.int64)
    columns = np.zeros((len(tests), goal.MOST_TERMS - 1), np.int64)
    member = np.zeros((len(tests), len(group)), np.int8)
    begins, outputs = [], 0
    for at, test in enumerate(tests):
        names = columns_of(test)
        columns[at, : len(names)] = [rows[name] for name in names]
        begins.append(outputs)
        match test:
            case RankSum():
                kinds[at] = goal.RANK_SUM, test.method == "normal_corrected", 1
                member[at, np.isin(group, [places[g] for g in test.group])] = 1
                member[at, np.isin(group, [places[g] for g in test.reference])] = 2
            case SignedRank():
                if test.zeros != "drop":
                    raise ValueError(f"zeros must be drop, but got {test.zeros!r}")
                kinds[at] = goal.SIGNED_RANK, test.method == "normal_corrected", 2
                of = [places[g] for g in test.groups or places]
                member[at, np.isin(group, of)] = 1
            case Logistic():
                kinds[at] = goal.LOGISTIC, 0, len(names)
                event = np.isin(group, [places[g] for g in test.event])
                member[at] = np.where(event, 1, 2)
        is_model = isinstance(test, Logistic)
        outputs += goal.TERM_OUT * len(names) if is_model else goal.RANK_OUT
    linear, weight = np.zeros(outputs), np.zeros(outputs)
    low, high = np.full(outputs, -np.inf), np.full(outputs, np.inf)
    for wish in wishes:
        model = isinstance(tests[wish.test], Logistic)
        names = TERM_OUTPUTS if model else RANK_OUTPUTS
        at = begins[wish.test] + wish.term * len(names) + names.index(wish.output)
        linear[at] += wish.linear
        low[at], high[at] = max(low[at], wish.low), min(high[at], wish.high)
        weight[at] = max(weight[at], wish.weight)
    sizes = np.array([float(column.step) for column in spec.columns])
    return goal.Goal(kinds, columns, member, sizes, linear, low, high, weight)


def misfits(spec: Spec, cohort: np.ndarray) -> list[str]:
    """
    Say where a cohort does not fit a spec, in whole numbers and without the walk.

    Parameters
    ----------
    spec : Spec
        Demands.
    cohort : numpy.ndarray
        ``[column, patient]`` in steps, groups in the order of the spec.

    Returns
    -------
    list of str
        Empty for a cohort that fits.
    """
    sizes = [size for _, size in spec.groups]
    labels = np.repeat([label for label, _ in spec.groups], sizes)
    values = {
        column.name: [int(v) for v in row]
        for column, row in zip(spec.columns, cohort, strict=True)
    }
    found = [
        f"{column.name}: beyond its scale"
        for column in spec.columns
        if min(values[column.name]) < column.low
        or max(values[column.name]) > column.high
    ]
    for cell in spec.cells:
        chosen = [
            value
            for value, label in zip(values[cell.column], labels, strict=True)
            if label in cell.groups
        ]
        if not _fits(cell, chosen):
            found.append(f"{cell.column}, {cell.group}: {', '.join(cell.facts)}")
    return [*found, *_broken_rules(spec, values, list(labels))]


def _fits(cell: Cell, values: list[int]) -> bool:
    total = sum(values)
    spread = len(values) * sum(value * value for value in values) - total * total
    return (
        len(values) == cell.n
        and cell.sum_low <= total <= cell.sum_high
        and cell.spread_low <= spread <= cell.spread_high
        and (cell.lowest is None or min(values) == cell.lowest)
        and (cell.highest is None or max(values) == cell.highest)
        and (cell.zeros is None or values.count(0) == cell.zeros)
    )


def _broken_rules(
    spec: Spec, values: Mapping[str, list[int]], labels: list[str]
) -> list[str]:
    found = []
    for rule in spec.rules:
        match rule:
            case SumRule():
                parts = zip(*(values[name] for name in rule.parts), strict=True)
                if [sum(pair) for pair in parts] != values[rule.whole]:
                    found.append(f"{rule.whole} is not the sum of its parts")
            case SignRule():
                signs = dict(rule.signs)
                pairs = zip(values[rule.before], values[rule.after], strict=True)
                changes = [(b > a) - (b < a) for a, b in pairs]
                wanted = [signs.get(g, c) for g, c in zip(labels, changes, strict=True)]
                if changes != wanted:
                    found.append(f"{rule.after} does not change as its groups do")
    return found
