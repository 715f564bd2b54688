"""Markov chains for columns that the exact programme does not fit, or that are linked.

The set of lattice points inside all windows is walked by moves that keep volume:
turns of three patients, shifts, exchanges. A range whose ends must be attained is
reached by weighing states that attain an end more, and keeping only those that attain
all of them; so its holder changes through states in which nobody holds it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from rejia.ensemble.exact import demand
from rejia.ensemble.model import Cell, SignRule, Spec, SumRule
from rejia.ensemble.walk_state import Problem, State
from rejia.errors import DataError

CHAINS = 4  # of a block
_TRIES = 30
_DESCENT = 20_000
_HEAT = 0.5
_BURN = 30  # records after a descent
_FRESH = 10  # records after a state of the pilot
_ROUNDS, _LOOKS, _GOAL = 60, 200, 0.85
_PATIENCE = 2_000  # looks, on average, for one record


@dataclass(frozen=True, slots=True)
class Link:
    """
    Columns that are drawn together.

    Attributes
    ----------
    bases : tuple of str
        One or two columns whose values are free.
    whole : str
        Column that is the sum of the bases, or empty.
    signs : mapping of str to int
        Sign, by group, of the second base less the first; empty where none is asked.
    """

    bases: tuple[str, ...]
    whole: str = ""
    signs: tuple[tuple[str, int], ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the link draws."""
        return (*self.bases, self.whole) if self.whole else self.bases

    @property
    def coords(self) -> int:
        """Number of coordinates: bases, and their sum or difference."""
        return 1 if len(self.bases) == 1 else 3

    @property
    def factors(self) -> tuple[int, int]:
        """Weights of the bases in the third coordinate."""
        return (1, 1) if self.whole else (-1, 1)


def links(spec: Spec) -> tuple[Link, ...]:
    """Return the columns of a spec, those tied by a rule together."""
    found: list[Link] = []
    for rule in spec.rules:
        if isinstance(rule, SumRule):
            found.append(Link(rule.parts, rule.whole))
        elif isinstance(rule, SignRule):
            found.append(Link((rule.before, rule.after), signs=rule.signs))
    tied = [name for link in found for name in link.columns]
    if len(tied) > len(set(tied)):
        twice = sorted({name for name in tied if tied.count(name) > 1})
        raise DataError(
            f"spec {spec.id} cannot be sampled:",
            [f"{name}: more than one rule ties it; one is allowed" for name in twice],
        )
    alone = [Link((c.name,)) for c in spec.columns if c.name not in tied]
    return (*found, *alone)


def seed_words(seed: int, *key: str | int) -> np.ndarray:
    """Return the state of the random numbers of one chain of one block."""
    spawn: list[int] = []
    for part in key:
        if isinstance(part, int):
            spawn.append(part + 1)  # block -1 is the pilot
        else:
            digest = sha256(part.encode()).digest()
            spawn += [int.from_bytes(digest[at : at + 4], "big") for at in (0, 4)]
    sequence = np.random.SeedSequence(seed, spawn_key=tuple(spawn))
    return sequence.generate_state(4, np.uint64)


def pose(spec: Spec, link: Link, law: Mapping[str, np.ndarray] | None) -> Problem:
    """
    Pose the walk of a link.

    Parameters
    ----------
    spec : Spec
        Demands.
    link : Link
        Columns that are drawn together.
    law : mapping of str to numpy.ndarray, or None
        By base, logarithms of weights ``[group, value from the scale's low end]``.

    Returns
    -------
    Problem
    """
    labels = [label for label, size in spec.groups for _ in range(size)]
    places = {label: at for at, (label, _) in enumerate(spec.groups)}
    group = np.array([places[label] for label in labels], np.int64)
    low, high, tied = _ends_of_scale(spec, link, labels)
    free = [
        [i for i in np.flatnonzero(group == g) if np.any(low[:, i] < high[:, i])]
        for g in range(len(places))
    ]
    cells = [
        (at, cell)
        for at, name in enumerate(link.columns)
        for cell in spec.cells_of(name)
    ]
    ends = [
        (at, cell, value)
        for at, cell in cells
        for value in (cell.lowest, cell.highest)
        if value is not None
    ]
    reach = [
        0.7 * max(np.sqrt(c.spread_high) / c.n for c in spec.cells_of(name)) + 1.0
        for name in link.bases
    ]
    scales = [spec.column(name) for name in link.bases]
    return Problem(
        np.array(link.factors, np.int64),
        low,
        high,
        tied,
        group,
        np.array([i for of in free for i in of], np.int64),
        np.cumsum([0, *(len(of) for of in free)]).astype(np.int64),
        np.array(reach),
        np.array([at for at, _ in cells], np.int64),
        _members([cell for _, cell in cells], labels),
        np.array([_window(cell) for _, cell in cells], np.int64).reshape(-1, 5),
        np.array([_scale(cell) for _, cell in cells]).reshape(-1, 2),
        np.array([at for at, _, _ in ends], np.int64),
        _members([cell for _, cell, _ in ends], labels),
        np.array([value for _, _, value in ends], np.int64),
        np.zeros(len(ends)),
        _tables(link, law),
        np.array([scale.low for scale in scales], np.int64),
    )


def _tables(link: Link, law: Mapping[str, np.ndarray] | None) -> np.ndarray:
    """Return weights of both bases in one array; an empty one for the uniform law."""
    if law is None:
        return np.zeros((0, 0, 0))
    groups = law[link.bases[0]].shape[0]
    width = max(law[name].shape[1] for name in link.bases)
    tables = np.full((len(link.bases), groups, width), -np.inf)
    for at, name in enumerate(link.bases):
        tables[at, :, : law[name].shape[1]] = law[name]
    return tables


def _members(cells: Sequence[Cell], labels: Sequence[str]) -> np.ndarray:
    member = [[label in cell.groups for label in labels] for cell in cells]
    return np.array(member, np.bool_).reshape(-1, len(labels))


def _window(cell: Cell) -> list[int]:
    return [cell.n, cell.sum_low, cell.sum_high, cell.spread_low, cell.spread_high]


def _scale(cell: Cell) -> list[float]:
    """Return what one unit of the sum and of the spread weighs in a descent."""
    spread = max(cell.spread_high, 1)
    error = np.sqrt(spread / cell.n) + 0.5
    return [1.0 / error, np.sqrt(cell.n) / spread]


def _ends_of_scale(
    spec: Spec, link: Link, labels: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the ends of each patient's values, and who is tied."""
    n = len(labels)
    low = np.zeros((link.coords, n), np.int64)
    high = np.zeros((link.coords, n), np.int64)
    tied = np.zeros(n, np.bool_)
    for at, name in enumerate(link.columns):
        for label, _ in spec.groups:
            asked = demand(spec, name, label)
            members = [i for i, of in enumerate(labels) if of == label]
            low[at, members], high[at, members] = asked.low, asked.high
            fixed = members[: asked.zeros]
            low[at, fixed] = high[at, fixed] = 0
    for label, sign in link.signs:
        members = [i for i, of in enumerate(labels) if of == label]
        wide = int(high.max() - low.min())
        low[2, members] = {1: 1, 0: 0, -1: -wide}[sign]
        high[2, members] = {1: wide, 0: 0, -1: -1}[sign]
        if sign == 0:
            tied[members] = True
            for i in members:
                low[:2, i] = low[:2, i].max()
                high[:2, i] = high[:2, i].min()
    return low, high, tied


def _begin(spec: Spec, link: Link, problem: Problem, words: np.ndarray) -> State:
    """Return a state inside all scales, near the printed means and SDs."""
    from rejia.ensemble.moves import tally

    rng = np.random.Generator(np.random.PCG64([int(word) for word in words]))
    n, bases = len(problem.group), len(link.bases)
    k = np.zeros((link.coords, n), np.int64)
    for at, name in enumerate(link.bases):
        for g, (label, _) in enumerate(spec.groups):
            of = np.flatnonzero(problem.group == g)
            low, high = problem.low[at, of], problem.high[at, of]
            cells = [c for c in spec.cells_of(name) if c.groups == (label,)]
            drawn = _typical(cells, int(low.min()), len(of), rng)
            k[at, of] = np.clip(np.round(drawn), low, high)
    if bases == 2:
        _mend(problem, k)
    x = k[:bases] + rng.uniform(-0.5, 0.5, (bases, n))
    x[1:, problem.tied] = x[0, problem.tied]
    none = np.zeros(len(problem.coord), np.int64)
    sums, squares, _ = tally(k, problem.member, problem.coord, none)
    _, _, holders = tally(k, problem.end_member, problem.end_coord, problem.end_value)
    ends = len(holders)
    return State(
        x,
        k,
        sums,
        squares,
        holders,
        words.copy(),
        np.zeros(ends, np.int64),
        np.zeros(3, np.int64),
        np.zeros((bases, 3)),
        np.zeros((link.coords, 3), np.int64),
        *(np.zeros(size, np.int64) for size in (len(sums), len(sums), ends)),
    )


def _typical(
    cells: Sequence[Cell], low: int, n: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw values of about the mean and SD of a group: gamma above the low end."""
    for cell in cells:
        mean = (cell.sum_low + cell.sum_high) / 2 / cell.n
        spread = (cell.spread_low + cell.spread_high) / 2
        sd = np.sqrt(spread / cell.n / max(cell.n - 1, 1))
        if sd > 0 and mean > low and sd < 5 * (mean - low):
            shape = ((mean - low) / sd) ** 2
            return np.asarray(low + rng.gamma(shape, (mean - low) / shape, n))
        return np.full(n, mean)
    return np.full(n, float(low))


def _mend(problem: Problem, k: np.ndarray) -> None:
    """Bring the third coordinate into its scale, in place."""
    tied = problem.tied
    k[1, tied] = k[0, tied]
    for b, sign in ((1, 1), (0, int(problem.link[0]))):
        third = problem.link @ k[:2]
        want = np.clip(third, problem.low[2], problem.high[2]) - third
        moved = np.clip(k[b] + sign * want, problem.low[b], problem.high[b])
        k[b] = np.where(tied, k[b], moved)
    k[2] = problem.link @ k[:2]


def start(
    spec: Spec, link: Link, problem: Problem, seed: int, *key: str | int
) -> State:
    """
    Find a state inside all windows by descent.

    Parameters
    ----------
    spec, link, problem : Spec, Link, Problem
        What is walked.
    seed : int
        Seed of the sample.
    *key : str or int
        Place of the chain: link, block, chain.

    Returns
    -------
    State

    Raises
    ------
    DataError
        If none was found; that is no proof that there is none.
    """
    from rejia.ensemble.walk import walk

    none = np.zeros((0, *problem.low.shape), np.int64)
    for attempt in range(_TRIES):
        words = seed_words(seed, *key, attempt)
        state = _begin(spec, link, problem, words)
        steps = _DESCENT * (1 + attempt)
        if walk(problem, state, none, steps, steps, _HEAT)[1] < steps:
            return state
    raise DataError(
        f"spec {spec.id} cannot be sampled:",
        [f"{', '.join(link.columns)}: no start was found in {_TRIES} descents"],
    )


def tune(spec: Spec, link: Link, problem: Problem, seed: int) -> None:
    """
    Weigh states that attain an end so that most states do, in place.

    Parameters
    ----------
    spec, link, problem : Spec, Link, Problem
        What is walked; only `problem.end_weight` changes. Any weights give the same
        law of the states that are kept; these only make them frequent.
    seed : int
        Seed of the sample.
    """
    from rejia.ensemble.walk import walk

    if not len(problem.end_weight):
        return
    name = " ".join(link.columns)
    state = start(spec, link, problem, seed, "tune", name)
    thin = max(len(problem.pool) // 2, 1)
    none = np.zeros((0, *problem.low.shape), np.int64)
    for turn in range(_ROUNDS):
        state.attained[:] = 0
        walk(problem, state, none, _LOOKS * thin, thin, 0.0)
        share = state.attained / _LOOKS
        problem.end_weight[:] += 4.0 / (1.0 + turn / 8.0) * (_GOAL - share)


def draw_block(
    spec: Spec,
    link: Link,
    problem: Problem,
    *,
    draws: int,
    thin: int,
    seed: int,
    block: int,
    starts: Sequence[State] = (),
) -> np.ndarray:
    """
    Draw one block of cohorts by chains of its own.

    Parameters
    ----------
    spec, link, problem : Spec, Link, Problem
        What is walked.
    draws : int
        Cohorts, a multiple of `CHAINS`; one chain after another.
    thin : int
        Steps between records.
    seed, block : int
        Seed of the sample; number of the block.
    starts : sequence of State
        One a chain, where a pilot ended; without them, descents.

    Returns
    -------
    numpy.ndarray
        int32 ``[column, patient, draw]``. Patients of a group are put in a random
        order in each cohort, the same for all columns of the link.
    """
    return walk_block(
        *(spec, link, problem, starts),
        draws=draws,
        thin=thin,
        seed=seed,
        block=block,
    )[0]


def walk_block(
    spec: Spec,
    link: Link,
    problem: Problem,
    starts: Sequence[State],
    *,
    draws: int,
    thin: int,
    seed: int,
    block: int,
) -> tuple[np.ndarray, tuple[State, ...]]:
    """Draw a block as `draw_block` does; return it, and where its chains ended."""
    from rejia.ensemble.walk import walk

    name = " ".join(link.columns)
    each = draws // CHAINS
    pieces, ended = [], []
    for chain in range(CHAINS):
        if starts:
            state = _resume(starts[chain], seed_words(seed, name, block, chain))
        else:
            state = start(spec, link, problem, seed, name, block, chain)
        burn = np.zeros((0, *problem.low.shape), np.int64)
        walk(problem, state, burn, (_FRESH if starts else _BURN) * thin, thin, 0.0)
        out = np.zeros((each, *problem.low.shape), np.int64)
        limit = each * thin * _PATIENCE
        records, _ = walk(problem, state, out, limit, thin, 0.0)
        if records < each:
            fault = f"{name}: the ends of the range were attained {records} times"
            raise DataError(f"spec {spec.id} cannot be sampled:", [fault])
        pieces.append(out)
        ended.append(state)
    values = np.concatenate(pieces)[:, : len(link.columns)].astype(np.int32)
    rng = np.random.Generator(
        np.random.PCG64([int(w) for w in seed_words(seed, "order", name, block)])
    )
    order = np.argsort(problem.group + rng.random((draws, len(problem.group))), axis=1)
    shuffled = np.take_along_axis(values, order[:, None, :], axis=2)
    return np.ascontiguousarray(shuffled.transpose(1, 2, 0)), tuple(ended)


def _resume(state: State, words: np.ndarray) -> State:
    """Return a copy of a state whose random numbers are another stream's."""
    copy = State(*(part.copy() for part in state))
    return copy._replace(seed=words.copy())
