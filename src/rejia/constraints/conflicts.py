"""Sets of facts that cannot all stand, and the fewest that must give way."""

from collections.abc import Iterable, Sequence

Facts = frozenset[str]


def minimal_sets(sets: Iterable[Iterable[str]]) -> list[Facts]:
    """
    Return the sets that hold no other of them.

    Parameters
    ----------
    sets : iterable of iterable of str
        Facts that cannot all stand, one set a violated constraint.

    Returns
    -------
    list of frozenset of str
        By size, then by name; each once.

    Examples
    --------
    >>> [sorted(found) for found in minimal_sets([{"a", "b"}, {"a", "b", "c"}])]
    [['a', 'b']]
    """
    ordered = sorted({frozenset(facts) for facts in sets}, key=_order)
    kept: list[Facts] = []
    for facts in ordered:
        if not any(other <= facts for other in kept):
            kept.append(facts)
    return kept


def clusters(conflicts: Sequence[Facts]) -> list[list[Facts]]:
    """
    Return the conflicts in groups that share no fact with each other.

    Parameters
    ----------
    conflicts : sequence of frozenset of str
        As of `minimal_sets`.

    Returns
    -------
    list of list of frozenset of str
        A correction of all conflicts is one correction of each cluster.
    """
    found: list[list[Facts]] = []
    for conflict in conflicts:
        near = [c for c in found if any(conflict & other for other in c)]
        found = [c for c in found if c not in near]
        found.append([facts for cluster in near for facts in cluster] + [conflict])
    return sorted(
        (sorted(cluster, key=_order) for cluster in found), key=lambda c: _order(c[0])
    )


def corrections(conflicts: Sequence[Facts], *, most: int = 4) -> list[Facts]:
    """
    Return every minimal set of facts without which no conflict is left.

    Parameters
    ----------
    conflicts : sequence of frozenset of str
        One cluster of conflicts.
    most : int
        Sets of more facts are not looked for.

    Returns
    -------
    list of frozenset of str
        By size, then by name; empty where more than `most` facts must give way. No
        set holds another, and every set of at most `most` facts that meets each
        conflict holds one of them.

    Notes
    -----
    A tree search: some fact of the first conflict that is not met yet must go, so
    each branch drops one of them; branches deeper than `most` are cut.

    Examples
    --------
    >>> conflicts = [frozenset("ab"), frozenset("bc")]
    >>> [sorted(found) for found in corrections(conflicts)]
    [['b'], ['a', 'c']]
    """
    found: set[Facts] = set()
    tried: set[Facts] = set()
    waiting: list[Facts] = [frozenset()]
    while waiting:
        dropped = waiting.pop()
        if dropped in tried:
            continue
        tried.add(dropped)
        unmet = next((c for c in conflicts if not c & dropped), None)
        if unmet is None:
            found.add(dropped)
        elif len(dropped) < most:
            waiting.extend(dropped | {fact} for fact in unmet)
    return minimal_sets(found)


def _order(facts: Facts) -> tuple[int, list[str]]:
    return len(facts), sorted(facts)
