"""Which regrouped scenarios may leave, where small counts may not."""

from collections.abc import Iterable, Mapping
from math import isnan

from rejia.study import Study

REGROUPED = ("threshold:", "sdc:")
Row = Mapping[object, object]


def is_regrouped(row: Row) -> bool:
    """Say whether a row is of other groups than those of the plan."""
    return str(row["scenario"]).startswith(REGROUPED)


def tells_size(row: Row) -> bool:
    """Say whether a row is the size of a group."""
    return row["statistic"] == "n" and row["outcome"] == "cohort"


def shown_scenarios(rows: Iterable[Row], *, study: Study, min_cell: int) -> set[str]:
    """
    Return the regrouped scenarios whose group sizes tell of no small count.

    Parameters
    ----------
    rows : iterable of mapping
        Rows of ``results`` and ``multiverse``.
    study : Study
        With the labels of its groups.
    min_cell : int
        Smallest count that may be shown.

    Returns
    -------
    set of str
        Scenarios, taken in the order of their group sizes' rows.

    Notes
    -----
    Groups at two thresholds differ by the patients whose change lies between them, so
    each size must be 0 or at least `min_cell`, and so must its difference from that of
    the plan and of every scenario already shown.
    """
    if study.groups is None:
        return set()
    labels = study.groups.labels
    plain = (labels.improved, labels.unchanged, labels.worsened)
    sizes: dict[str, dict[str, float]] = {}
    for row in rows:
        group, size = str(row["group"]), row["estimate"]
        if tells_size(row) and group in plain and isinstance(size, int | float):
            sizes.setdefault(str(row["scenario"]), {})[group] = float(size)
    known = [sizes["primary"]] if "primary" in sizes else []
    shown = set()
    for scenario, found in sizes.items():
        whole = all(group in found and not isnan(found[group]) for group in plain)
        if not scenario.startswith(REGROUPED) or not whole:
            continue
        told = [found[group] for group in plain]
        told += [
            abs(found[group] - other[group])
            for other in known
            for group in plain
            if group in other
        ]
        if not any(0 < count < min_cell for count in told):
            known.append(found)
            shown.add(scenario)
    return shown
