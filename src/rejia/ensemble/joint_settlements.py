"""Conflicts of the joint level, laid beside those of the audit."""

from collections.abc import Collection, Iterator

import pandas as pd

from rejia.constraints.conflicts import Facts, clusters
from rejia.contracts import CONFLICTS
from rejia.ensemble.joint_conflicts import Conflicts

CLUSTER = "joints"


def lay_joint_conflicts(
    found: Conflicts, known: Collection[Facts] = ()
) -> pd.DataFrame:
    """
    Lay the conflicts of grades of joints, one row a set of facts.

    Parameters
    ----------
    found : Conflicts
        From `rejia.ensemble.joint_level.conflicts`.
    known : collection of frozenset of str
        Conflicts that are laid already, without what the spec takes for granted. A
        cluster of which each conflict holds one of
        them says nothing new and is left out.

    Returns
    -------
    pandas.DataFrame
        With the columns of `rejia.contracts.CONFLICTS`; clusters are named
        ``joints_1`` and so on, ``rules`` says what proved a conflict. A number that is
        printed in several places stands in a conflict once, in a correction each time.

    Notes
    -----
    Conflicts rest on the premises of the spec too: sizes of groups, number of joints
    and the sign of each patient's change. The correction of a cluster is one of its
    smallest: conflicts that share no number are corrected apart.
    """
    of = {
        frozenset(facts[0] for facts in conflict.facts): conflict
        for conflict in found.found
    }
    every = {facts[0]: facts for c in found.found for facts in c.facts}
    first = {fact: facts[0] for facts in every.values() for fact in facts}
    told = [frozenset(first.get(fact, fact) for fact in old) for old in known if old]
    rows: list[dict[str, object]] = []
    for own in clusters(list(of)):
        if all(any(old <= conflict for old in told) for conflict in own):
            continue
        name = f"{CLUSTER}_{1 + len({row['cluster'] for row in rows})}"
        proved = ["joint_level:" + "+".join(of[conflict].engines) for conflict in own]
        rows += _conflict_rows(name, own, proved)
        printed = {f for conflict in own for fact in conflict for f in every[fact]}
        aside = [fact for fact in found.aside if fact in printed]
        rows.append(_row(f"{name}_correction_1", name, "correction", aside, ""))
    return pd.DataFrame(rows, columns=list(CONFLICTS))


def _conflict_rows(
    name: str, own: Collection[Facts], proved: Collection[str]
) -> Iterator[dict[str, object]]:
    ordered = sorted(
        zip(own, proved, strict=True), key=lambda c: (len(c[0]), *sorted(c[0]))
    )
    for number, (conflict, rules) in enumerate(ordered, start=1):
        yield _row(f"{name}_{number}", name, "conflict", sorted(conflict), rules)


def _row(
    identifier: str, cluster: str, kind: str, facts: Collection[str], rules: str
) -> dict[str, object]:
    return {
        "id": identifier,
        "cluster": cluster,
        "kind": kind,
        "facts": ";".join(facts),
        "size": len(facts),
        "rules": rules,
        "repairs": "",
    }
