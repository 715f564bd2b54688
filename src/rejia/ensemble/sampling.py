"""Cohorts that fit a spec: exact draws where they fit, pools, chains elsewhere."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from rejia.ensemble import chains, slab
from rejia.ensemble.diagnose import diagnose, effective_size, functionals
from rejia.ensemble.exact import Programme
from rejia.ensemble.exact_draws import draw_exact, exact_programmes, fits_exactly
from rejia.ensemble.laws import LAWS, log_weights
from rejia.ensemble.model import Diagnostic, Ensemble, Spec
from rejia.ensemble.pool_kinds import Pools
from rejia.ensemble.pools import pose_pools
from rejia.ensemble.walk_state import Problem, State

BLOCK = 1024
# A pilot of 1,024 records, so many steps apart by patient and base, says how many
# times as far apart they must be.
_PILOT, _THIN, _SPARE, _MOST = 1024, 4, 1.05, 24.0


def sample(
    spec: Spec,
    cohorts: int,
    *,
    seed: int,
    law: str = "uniform",
    jobs: int = 1,
) -> Ensemble:
    """
    Sample cohorts that fit a spec.

    Parameters
    ----------
    spec : Spec
        Demands.
    cohorts : int
        Number of cohorts.
    seed : int
        Seed; each block of each column has a stream of its own.
    law : str
        ``uniform`` over ordered lattice vectors; or the same set weighted by the
        ``gamma`` or ``lognormal`` density with each group's mean and SD.
    jobs : int
        Threads; the result does not depend on it.

    Returns
    -------
    Ensemble
        Columns that no rule links are independent within groups.

    Raises
    ------
    DataError
        If some group has no vector that fits (a proof), or no chain found one.
    """
    if cohorts < 1:
        raise ValueError(f"cohorts must be 1 or more, but got {cohorts}")
    sources = prepare(spec, seed=seed, law=law)
    blocks = -(-cohorts // BLOCK)
    values = np.empty((len(spec.columns), spec.n, blocks * BLOCK), sources.dtype)

    def fill(task: tuple[_Source, int]) -> None:
        source, block = task
        sources.fill(source, block, values[:, :, block * BLOCK : (block + 1) * BLOCK])

    # The slowest first, so that no thread waits for one of them alone.
    tasks = [(one, block) for block in range(blocks) for one in sources.sources]
    tasks.sort(key=lambda task: -task[0].cost)
    if jobs == 1:
        for task in tasks:
            fill(task)
    else:
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(fill, tasks))
    gathered = sources.gather(values)
    kept = np.ascontiguousarray(values[:, :, :cohorts])
    return replace(gathered, values=kept)


def prepare(spec: Spec, *, seed: int, law: str = "uniform") -> "Sources":
    """
    Prepare what the blocks of an ensemble are drawn from.

    Parameters
    ----------
    spec : Spec
        Demands.
    seed : int
        Seed; it settles pilots, tuning and every block.
    law : str
        As of `sample`.

    Returns
    -------
    Sources
        Small enough to be pickled and handed to other processes.

    Raises
    ------
    DataError
        If some group has no vector that fits (a proof), or no chain found one.
    """
    if law not in LAWS:
        raise ValueError(f"law must be one of {', '.join(LAWS)}, but got {law!r}")
    found = tuple(_source(spec, link, law, seed) for link in chains.links(spec))
    return Sources(spec, law, seed, found)


@dataclass(frozen=True)
class Sources:
    """
    Where the blocks of an ensemble come from.

    Attributes
    ----------
    spec : Spec
        Demands.
    law : str
        ``uniform``, ``gamma`` or ``lognormal``.
    seed : int
        Seed of all blocks.
    sources : tuple
        One a link: programmes, slabs, pools, or a walk with its tuning and starts.
    """

    spec: Spec
    law: str
    seed: int
    sources: tuple["_Source", ...]

    @property
    def dtype(self) -> type[np.signedinteger]:
        """Type of the values: int16 where it holds every scale."""
        columns = self.spec.columns
        widest = max(max(abs(c.low), abs(c.high)) for c in columns)
        return np.int16 if widest < 2**15 else np.int32

    @property
    def group(self) -> np.ndarray:
        """Place of each patient's group: int8."""
        sizes = [size for _, size in self.spec.groups]
        return np.repeat(np.arange(len(sizes)), sizes).astype(np.int8)

    @property
    def engines(self) -> dict[str, str]:
        """``exact``, ``pools`` or ``chains``, by column."""
        return {name: one.engine for one in self.sources for name in one.link.columns}

    @property
    def linked(self) -> tuple[tuple[str, ...], ...]:
        """Columns that a rule links."""
        found = [one.link.columns for one in self.sources]
        return tuple(columns for columns in found if len(columns) > 1)

    def draw(self, block: int) -> np.ndarray:
        """
        Draw a block.

        Parameters
        ----------
        block : int
            Its number; what is drawn depends on nothing else but spec, law and seed.

        Returns
        -------
        numpy.ndarray
            int16 or int32 ``[column, patient, BLOCK]``, in steps, C-contiguous.
        """
        if block < 0:
            raise ValueError(f"block must be 0 or more, but got {block}")
        values = np.empty((len(self.spec.columns), self.spec.n, BLOCK), self.dtype)
        for source in self.sources:
            self.fill(source, block, values)
        return values

    def fill(self, source: "_Source", block: int, values: np.ndarray) -> None:
        """Draw a block of one link into its columns."""
        places = {column.name: at for at, column in enumerate(self.spec.columns)}
        for name, column in zip(source.link.columns, source.draw(block), strict=True):
            values[places[name]] = column

    def draw_ensemble(self, block: int) -> Ensemble:
        """Draw a block as an ensemble without diagnostics."""
        return self._ensemble(self.draw(block), ())

    def gather(self, values: np.ndarray) -> Ensemble:
        """
        Make an ensemble of blocks, with diagnostics.

        Parameters
        ----------
        values : numpy.ndarray
            ``[column, patient, cohort]``, whole blocks one after another.

        Returns
        -------
        Ensemble
        """
        blocks, rest = divmod(values.shape[2], BLOCK)
        if rest or not blocks:
            got = f"{values.shape[2]} cohorts"
            raise ValueError(f"values must be blocks of {BLOCK}, but got {got}")
        found = diagnose(
            values,
            self.spec.columns,
            self.group,
            chains=blocks * chains.CHAINS,
            engines=self.engines,
        )
        return self._ensemble(values, found)

    def _ensemble(
        self, values: np.ndarray, diagnostics: tuple[Diagnostic, ...]
    ) -> Ensemble:
        columns = self.spec.columns
        return Ensemble(
            values,
            np.array([float(column.step) for column in columns]),
            self.group,
            columns,
            tuple(label for label, _ in self.spec.groups),
            self.law,
            self.spec.id,
            diagnostics,
            self.linked,
        )


@dataclass(frozen=True)
class _Source:
    """Where the blocks of a link come from."""

    spec: Spec
    link: chains.Link
    seed: int
    programmes: tuple[Programme, ...] = ()
    problem: Problem | None = None
    thin: int = 1
    starts: tuple[State, ...] = ()
    slabs: tuple[slab.Slab, ...] = ()
    pools: Pools | None = None

    @property
    def cost(self) -> int:
        """Numbers drawn for a block, roughly; 0 for exact draws."""
        if self.pools is not None:
            return self.pools.cost
        return 0 if self.problem is None else BLOCK * self.thin * len(self.link.bases)

    @property
    def engine(self) -> str:
        if self.pools is not None:
            return "pools"
        return "chains" if self.problem is not None else "exact"

    def draw(self, block: int) -> np.ndarray:
        """Draw a block: int32 ``[column, patient, cohort]``."""
        if self.problem is not None:
            return chains.draw_block(
                self.spec,
                self.link,
                self.problem,
                draws=BLOCK,
                thin=self.thin,
                seed=self.seed,
                block=block,
                starts=self.starts,
            )
        if self.pools is not None:
            name = " ".join(self.link.columns)
            drawn = self.pools.draw(
                BLOCK, chains.seed_words(self.seed, "pools", name, block)
            )
            return drawn[: len(self.link.columns)]
        name = self.link.bases[0]
        rng = _stream(self.seed, "exact", name, block)
        if self.slabs:
            found = slab.draw_slabs(self.spec, name, self.slabs, BLOCK, rng)
            return np.asarray(found)[None]
        return draw_exact(self.spec, name, self.programmes, BLOCK, rng)[None]


def _source(spec: Spec, link: chains.Link, law: str, seed: int) -> _Source:
    """Choose the engine of a link, and prepare it."""
    weights = None
    if law != "uniform":
        weights = {name: log_weights(spec, name, law) for name in link.bases}
    if fits_exactly(spec, link):
        built = exact_programmes(spec, link.bases[0], weights)
        return _Source(spec, link, seed, built)
    if weights is None and len(link.bases) == 1:
        name = link.bases[0]
        found = slab.slabs(spec, name)
        rng = _stream(seed, "price", name)
        if found and slab.is_cheap(spec, name, found, rng):
            return _Source(spec, link, seed, slabs=found)
    problem = chains.pose(spec, link, weights)
    words = chains.seed_words(seed, "pools", " ".join(link.columns))
    pools = pose_pools(spec, link.columns, problem, BLOCK, words)
    if pools is not None:
        return _Source(spec, link, seed, pools=pools)
    chains.tune(spec, link, problem, seed)
    thin, starts = pilot(spec, link, problem, seed)
    return _Source(spec, link, seed, problem=problem, thin=thin, starts=starts)


def _stream(seed: int, *key: str | int) -> np.random.Generator:
    words = chains.seed_words(seed, *key)
    return np.random.Generator(np.random.PCG64([int(word) for word in words]))


def pilot(
    spec: Spec, link: chains.Link, problem: Problem, seed: int
) -> tuple[int, tuple[State, ...]]:
    """
    Walk a pilot from descents.

    Returns
    -------
    thin : int
        So many steps between cohorts that these are nearly independent.
    starts : tuple of State
        Where its chains ended; those of the blocks begin there.
    """
    thin = _THIN * len(problem.pool) * len(link.bases)
    drawn, ended = chains.walk_block(
        *(spec, link, problem, ()), draws=_PILOT, thin=thin, seed=seed, block=-1
    )
    columns = tuple(spec.column(name) for name in link.columns)
    smallest = min(
        effective_size(series.reshape(chains.CHAINS, -1).astype(np.float64))
        for _, _, series in functionals(drawn, columns, problem.group)
    )
    return ceil(thin * min(max(_SPARE * _PILOT / smallest, 1.0), _MOST)), ended
