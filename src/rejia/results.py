"""Gather estimates, adjust within families, refuse two rows for one question."""

import re
from collections import Counter
from hashlib import sha256

import pandas as pd

from rejia.contracts import RESULTS
from rejia.errors import DefinitionError
from rejia.estimate import KEY_FIELDS
from rejia.stats.multiplicity import adjust
from rejia.study import Study
from rejia.study.references import UNDECLARED

_SLUG = ("analysis", "population", "outcome", "term", "component", "level")
_WHEN = ("visit", "ref_visit", "group", "reference")


def gather_results(
    study: Study, estimates: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Turn estimates into results.

    Parameters
    ----------
    study : Study
        Declares the families.
    estimates : pandas.DataFrame
        Table ``estimates``.

    Returns
    -------
    results, multiverse : pandas.DataFrame
        Rows of the plan (scenario ``primary``), and all others; sorted by key.

    Raises
    ------
    DefinitionError
        If two rows share key, statistic and method, or a family has more tests
        than it plans.
    """
    table = estimates.reset_index(drop=True)
    identity = [*KEY_FIELDS, "statistic", "method"]
    repeated = table[table.duplicated(identity, keep=False)]
    faults = [
        f"{count} rows for one question: "
        + ", ".join(str(part) for part in values if part)
        for values, count in repeated.groupby(identity, sort=True).size().items()
        if isinstance(values, tuple)
    ]
    table, family_faults = _adjusted(study, table)
    faults += family_faults
    if faults:
        raise DefinitionError(f"results of {study.study} cannot be gathered:", faults)
    table["row"] = row_names(table)
    table = table[list(RESULTS)].sort_values(identity, ignore_index=True)
    primary = table["scenario"] == "primary"
    return table[primary].reset_index(drop=True), table[~primary].reset_index(drop=True)


def _adjusted(study: Study, table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Add planned size and adjusted p-value of each test's family."""
    faults: list[str] = []
    table["m"] = float("nan")
    table["p_adjusted"] = float("nan")
    tested = table[(table["family"] != "") & table["method"].ne("not_estimable")]
    for name, rows in tested.groupby("family", sort=True):
        if name == UNDECLARED:
            table.loc[rows.index, "p_adjusted"] = rows["p_value"]
            continue
        family = study.families[str(name)]
        # A second method for one question is no further test of the plan.
        question = [*KEY_FIELDS, "statistic"]
        method = rows.sort_values("method").groupby(question).cumcount()
        parts = ["scenario", *family.per, method.reindex(rows.index)]
        for (*within, _), members in rows.groupby(parts, sort=True):
            index = members.index
            if len(index) > family.m:
                where = ", ".join(str(part) for part in within if part)
                faults.append(
                    f"family {name!r} plans m = {family.m} tests, but {len(index)} "
                    f"belong to it ({where}); declare m or per in families"
                )
                continue
            table.loc[index, "m"] = float(family.m)
            adjusted = adjust(
                members["p_value"].to_numpy(), method=family.method, m=family.m
            )
            table.loc[index, "p_adjusted"] = list(adjusted)
    return table, faults


def row_names(table: pd.DataFrame) -> list[str]:
    """
    Return a stable name for each row: what it is about, then its statistic.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows with key, statistic and method.

    Returns
    -------
    list of str
        Unique; the scenario stands in front where it is not ``primary``. Where rows
        would share a name the method stands behind, and behind that, where signs
        that an address cannot hold are all that differs, a digest of the key.
    """
    names = [_name(row) for row in table.to_dict("records")]
    methods = [_slug(str(method)) for method in table["method"]]
    names = _parted(names, methods)
    keys = table[[*KEY_FIELDS, "statistic", "method"]].itertuples(index=False)
    digests = [sha256(repr(tuple(key)).encode()).hexdigest()[:8] for key in keys]
    return _parted(names, digests)


def _parted(names: list[str], behind: list[str]) -> list[str]:
    """Put a text behind each name that several rows share."""
    counts = Counter(names)
    return [
        f"{name}-{text}" if counts[name] > 1 else name
        for name, text in zip(names, behind, strict=True)
    ]


def _name(row: dict[object, object]) -> str:
    parts = [str(row[field]) for field in (*_SLUG, *_WHEN) if row[field]]
    if row["scenario"] != "primary":
        parts.insert(0, str(row["scenario"]))
    return "-".join(_slug(part) for part in [*parts, str(row["statistic"])])


def _slug(text: str) -> str:
    """Return text that can stand in an address: letters, digits, _ and dots."""
    for sign, word in (("+", "_and_"), (">", "_to_"), (":", "_")):
        text = text.replace(sign, word)
    return re.sub(r"[^A-Za-z0-9_.]", "_", text)
