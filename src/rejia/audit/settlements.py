"""Conflicts and corrections as one released table."""

from collections.abc import Iterator

import pandas as pd

from rejia.contracts import CONFLICTS

CONFLICT = "conflict"
CORRECTION = "correction"
BETWEEN = " | "


def lay_conflicts(found: pd.DataFrame) -> pd.DataFrame:
    """
    Lay the minimal conflicts and their minimal corrections, one row a set of facts.

    Parameters
    ----------
    found : pandas.DataFrame
        From `rejia.audit.conflicts`, where each conflict repeats all corrections of
        its cluster.

    Returns
    -------
    pandas.DataFrame
        With the columns of `rejia.contracts.CONFLICTS`: by cluster its conflicts,
        then its corrections, the smallest first.
    """
    rows = [
        row
        for cluster, own in found.groupby("cluster", sort=False)
        for row in _cluster(str(cluster), own)
    ]
    return pd.DataFrame(rows, columns=list(CONFLICTS))


def _cluster(name: str, own: pd.DataFrame) -> Iterator[dict[str, object]]:
    for row in own.to_dict("records"):
        yield {
            "id": row["id"],
            "cluster": name,
            "kind": CONFLICT,
            "facts": row["conflict"],
            "size": len(row["conflict"].split(";")),
            "rules": row["rules"],
            "repairs": row["repairs"],
        }
    told = str(own["corrections"].iloc[0])
    for number, facts in enumerate(told.split(BETWEEN) if told else [], start=1):
        yield {
            "id": f"{name}_correction_{number}",
            "cluster": name,
            "kind": CORRECTION,
            "facts": facts,
            "size": len(facts.split(";")),
            "rules": "",
            "repairs": "",
        }
