"""Complete cases nest: who has two values is among those who have one of them."""

from collections.abc import Iterator, Mapping
from itertools import combinations

from rejia.disclosure.reading import Block, Needs
from rejia.disclosure.subtraction import Counted, follows, is_small, tells

# Of a population: patients of which groups that have some values, and how many.
Known = dict[tuple[Block, Needs], list[Counted]]
Shown = frozenset[frozenset[str]]


def small_needs(
    there: Known,
    sizes: Mapping[Block, list[Counted]],
    min_cell: int,
    *,
    shown: Shown | None = None,
) -> set[tuple[Block, Needs]]:
    """
    Return the sets of values whose complete cases tell a small count.

    Parameters
    ----------
    there : mapping
        By population and values: who has all of them, group by group.
    sizes : mapping
        By population and component: how many there are in which groups.
    min_cell : int
        Smallest count that may be known.
    shown : set of frozenset of str, optional
        The only groups of which a set of values is counted. Parts of it, and sizes,
        may be shown of more.

    Returns
    -------
    set of (population, values)
        Whoever has the values, lacks some of them, has only some of them (a patient
        with a first visit and no last one), has none of two, or has some of them and is
        of other groups or lacks the rest, is one of few.
    """
    whole = there
    if shown is not None:
        there = {key: only(counts, shown) for key, counts in there.items()}
    small = {
        key
        for key, counts in there.items()
        if tells(counts, min_cell)
        or any(tells(lacking, min_cell) for lacking in _lacking(key, counts, sizes))
    }
    by_population: dict[Block, dict[Needs, list[Counted]]] = {}
    for (population, needs), counts in whole.items():
        by_population.setdefault(population, {})[needs] = counts
    for population, known in by_population.items():
        for needs in known:
            counts = there[population, needs]
            parts = [part for part in known if part and part < needs]
            more = [_minus(known[part], counts) for part in parts]
            more += [
                _neither(known[first], known[second], counts, every)
                for first, second in combinations(parts, 2)
                if first | second == needs
                for every in _of_population(population, sizes)
            ]
            beyond = (
                is_small(count, min_cell)
                for part in parts
                for count in _beyond(known[part], counts)
            )
            if any(tells(found, min_cell) for found in more) or any(beyond):
                small.add((population, needs))
    return small


def closed(there: Known, sizes: Mapping[Block, list[Counted]]) -> Known:
    """
    Add what follows where all patients of some groups have a value.

    Parameters
    ----------
    there : mapping
        By population and values: who has all of them, group by group.
    sizes : mapping
        By population and component: how many there are in which groups.

    Returns
    -------
    mapping
        As `there`. To need a value that all have is to need nothing: where nobody of
        A lacks a CRP, those of A with age and CRP are those of A with an age.
    """
    full: dict[tuple[Block, tuple[str, str, str]], frozenset[str]] = {}
    for (population, needs), counts in there.items():
        for lacking in _lacking((population, needs), counts, sizes):
            # Nobody of some groups lacks a value: nobody of each of them does.
            for of in (of for of, count in lacking if abs(count) < 0.5):
                for value in needs:
                    known = full.get((population, value), frozenset())
                    full[population, value] = known | of
    found: Known = {key: list(counts) for key, counts in there.items()}
    for population in {population for population, _ in there}:
        found.setdefault((population, frozenset()), [])
    for (population, needs), counts in there.items():
        for of, count in dict.fromkeys(counts):
            all_have = {
                value
                for (name, value), groups in full.items()
                if name == population and of <= groups
            }
            for (name, other), more in found.items():
                if name == population and needs != other and needs ^ other <= all_have:
                    more.append((of, count))
    return {key: list(dict.fromkeys(counts)) for key, counts in found.items()}


def only(counts: list[Counted], shown: Shown) -> list[Counted]:
    """Return the counts of these groups."""
    return [counted for counted in counts if counted[0] in shown]


def _of_population(
    population: Block, sizes: Mapping[Block, list[Counted]]
) -> Iterator[list[Counted]]:
    for kind, counts in sizes.items():
        if kind[:1] == population:
            yield counts


def _lacking(
    key: tuple[Block, Needs],
    counts: list[Counted],
    sizes: Mapping[Block, list[Counted]],
) -> Iterator[list[Counted]]:
    """Give who lacks a value, where the sizes of the same rows are known."""
    population, needs = key
    components = {component for _, component, _ in needs}
    for (name, component), every in sizes.items():
        if (name,) == population and (component in components or not needs):
            yield _minus(every, counts)


def _minus(more: list[Counted], fewer: list[Counted]) -> list[Counted]:
    """Return who is in the larger set alone."""
    return [(of, follows(more, of) - count) for of, count in fewer]


def _beyond(more: list[Counted], fewer: list[Counted]) -> Iterator[float]:
    """Give who is in larger groups with fewer values: outside, or lacking one."""
    for of, count in fewer:
        for wider, every in more:
            if of < wider:
                yield every - count


def _neither(
    first: list[Counted],
    second: list[Counted],
    both: list[Counted],
    every: list[Counted],
) -> list[Counted]:
    """Return who has neither of two values."""
    return [
        (
            of,
            follows(every, of) - follows(first, of) - follows(second, of) + count,
        )
        for of, count in both
    ]
