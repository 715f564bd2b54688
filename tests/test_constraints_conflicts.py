"""Minimal conflicts and minimal corrections, against brute force."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from rejia.constraints.conflicts import clusters, corrections, minimal_sets

SETS = st.lists(st.frozensets(st.sampled_from("abcdef"), min_size=1), max_size=6)


@given(SETS)
def test_minimal_sets_are_those_that_hold_no_other(sets):
    found = minimal_sets(sets)
    assert set(found) == {s for s in sets if not any(t < s for t in sets)}


@given(SETS)
def test_corrections_are_all_minimal_sets_that_meet_every_conflict(sets):
    conflicts = minimal_sets(sets)
    meets = [
        frozenset(chosen)
        for size in range(7)
        for chosen in combinations("abcdef", size)
        if all(set(chosen) & conflict for conflict in conflicts)
    ]
    brute = {s for s in meets if not any(t < s for t in meets)}
    assert set(corrections(conflicts, most=6)) == brute


@given(SETS)
def test_clusters_share_no_fact_and_lose_no_conflict(sets):
    conflicts = minimal_sets(sets)
    found = clusters(conflicts)
    assert sorted(map(sorted, (c for k in found for c in k))) == sorted(
        map(sorted, conflicts)
    )
    facts = [frozenset().union(*cluster) for cluster in found]
    assert all(not a & b for a, b in combinations(facts, 2))


def test_a_correction_that_would_be_too_large_is_not_looked_for():
    conflicts = [frozenset({letter}) for letter in "abcde"]
    assert corrections(conflicts, most=4) == []
