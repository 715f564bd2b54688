"""Join printed numbers with results: agrees, differs, or absent."""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from math import inf, isfinite, isnan, nan

import pandas as pd

from rejia import printed
from rejia.contracts import COMPARISON
from rejia.estimate import FACT_KEY_FIELDS
from rejia.frame import nearest
from rejia.study import Study

# Statistics of a fact that are a cell of the row that answers it, or another name
# (and scale) of the row's own statistic.
CELLS = ("p_value", "ci_low", "ci_high")
SAME_AS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "percent": (("proportion", 100.0),),
    "plus_minus": (("sd", 1.0),),
    "mean": (("mean", 1.0), ("value", 1.0)),
    "n_of": (("n", 1.0),),
    "spearman": (("spearman", 1.0), ("spearman_rho", 1.0)),
    "kappa": (("kappa", 1.0), ("weighted_kappa", 1.0)),
}
ADJUSTED_AS = {
    "raw": ("p_value",),
    "bonferroni": ("p_adjusted",),
    "unstated": ("p_value", "p_adjusted"),
}
_ATTAINABLE_TEXT = ("spec", "premises", "law", "evidence", "witness")
_ATTAINABLE_NUMBERS = ("attainable_low", "attainable_high", "q005", "q50", "q995")


def unknown_facts(study: Study, facts: pd.DataFrame) -> list[str]:
    """
    Return what a study says of facts that its source does not have.

    Parameters
    ----------
    study : Study
        Claims, repairs and specs name facts.
    facts : pandas.DataFrame
        Printed numbers.

    Returns
    -------
    list of str
        One fault a name, with the nearest fact.
    """
    if study.compare_with is not None and study.sources.facts is None:
        return []
    named = [
        *((f"claims.{c.id}.rests_on", n) for c in study.claims for n in c.rests_on),
        *((f"repairs.{repair.id}.fact", repair.fact) for repair in study.repairs),
        *((f"specs.{s.id}.drop", name) for s in study.specs for name in s.drop),
        *((f"specs.{s.id}.replace", name) for s in study.specs for name in s.replace),
        *(
            (f"structure.worded.{population}", name)
            for population, names in study.structure.worded.items()
            for name in names
        ),
    ]
    known = set(facts["fact"])
    return [
        f"{where}: no fact {name!r}{nearest(name, known)}"
        for where, name in named
        if name not in known
    ]


def compare(
    study: str,
    cohort: str,
    facts: pd.DataFrame,
    results: pd.DataFrame | None,
    judged: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Hold each printed number against what was recomputed.

    Parameters
    ----------
    study, cohort : str
        For the key.
    facts : pandas.DataFrame
        Printed numbers.
    results : pandas.DataFrame or None
        Results of the plan; `None` where nothing was computed.
    judged : pandas.DataFrame, optional
        Table ``judged``: which printed numbers the cohorts of a spec attain.

    Returns
    -------
    pandas.DataFrame
        Table ``comparison``: every fact, in the order of the source.

    Notes
    -----
    A p-value whose adjustment is not stated is held against the raw and the
    adjusted one; it agrees if either does, and the nearer one is shown. A number
    after ± that is not said to be an SD is held against the SD and the standard
    error of the mean in the same way.
    """
    known = _index(results)
    verdicts = _attainability(judged)
    rows = []
    for fact in facts.to_dict("records"):
        key = tuple(str(fact[name]) for name in FACT_KEY_FIELDS)
        found = list(_computed(fact, known.get(key, [])))
        rows.append(
            {
                "study": study,
                "cohort": cohort,
                "scenario": "primary",
                **dict(zip(FACT_KEY_FIELDS, key, strict=True)),
                **{
                    n: fact[n]
                    for n in ("fact", "place", "statistic", "printed", "unit")
                },
                **_verdict(fact, found, key, known),
                **dict.fromkeys(_ATTAINABLE_TEXT, ""),
                **dict.fromkeys(_ATTAINABLE_NUMBERS, nan),
                "attainability": "not_checkable",
                **verdicts.get(str(fact["fact"]), {}),
            }
        )
    return pd.DataFrame(rows, columns=list(COMPARISON))


def _attainability(judged: pd.DataFrame | None) -> dict[str, dict[str, object]]:
    """Return the attainability columns of each fact that was judged."""
    names = (*_ATTAINABLE_TEXT, *_ATTAINABLE_NUMBERS, "attainability")
    return {
        str(row["fact"]): {name: row[name] for name in names}
        for row in (judged.to_dict("records") if judged is not None else [])
    }


Record = Mapping[object, object]
Known = dict[tuple[str, ...], list[Record]]


def _index(results: pd.DataFrame | None) -> Known:
    known: Known = {}
    for row in results.to_dict("records") if results is not None else []:
        # None of none, where all values are missing, is no number to compare.
        if _number(row["n"]) == 0 and _number(row["n_missing"]) > 0:
            continue
        key = tuple(str(row[name]) for name in FACT_KEY_FIELDS)
        known.setdefault(key, []).append(row)
    return known


def _computed(fact: Record, rows: list[Record]) -> Iterator[tuple[float, str]]:
    """Return each recomputed value of a fact, with the row that holds it."""
    statistic = str(fact["statistic"])
    if statistic == "p_value":
        for cell in ADJUSTED_AS[str(fact["adjustment"])]:
            for row in rows:
                if not isnan(_number(row[cell])):
                    yield _number(row[cell]), str(row["row"])
    elif statistic in CELLS:
        for row in rows:
            if row["statistic"] == "odds_ratio" and not isnan(_number(row[statistic])):
                yield _number(row[statistic]), str(row["row"])
    elif statistic == "denominator":
        for row in rows:
            if row["statistic"] == "n":
                yield _number(row["n"]), str(row["row"])
    else:
        if statistic == "plus_minus":
            for row in rows:
                if row["statistic"] == "mean" and not isnan(_number(row["std_error"])):
                    yield _number(row["std_error"]), str(row["row"])
        for name, scale in SAME_AS.get(statistic, ((statistic, 1.0),)):
            for row in rows:
                value = _number(row["estimate"])
                if row["statistic"] == name and not isnan(value):
                    yield value * scale, str(row["row"])


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else nan


def _verdict(
    fact: Record, found: list[tuple[float, str]], key: tuple[str, ...], known: Known
) -> dict[str, object]:
    text = str(fact["printed"])
    low, high = printed.stands_for(text)
    ends = {"low": float(low), "high": float(high)}
    note = str(fact["note"])
    if not found:
        hint = _nearest(key, known)
        note = "; ".join(part for part in (note, hint) if part)
        return {
            **ends,
            "computed": nan,
            "distance": nan,
            "reproduction": "absent",
            "row": "",
            "note": note,
        }
    value, row = min(found, key=lambda one: _farness(text, one[0]))
    distance = printed.distance(text, value) if isfinite(value) else nan
    agrees = printed.contains(text, value) or _is_half(distance)
    return {
        **ends,
        "computed": value,
        "distance": distance,
        "reproduction": "agrees" if agrees else "differs",
        "row": row,
        "note": note,
    }


def _farness(text: str, value: float) -> float:
    return abs(printed.distance(text, value)) if isfinite(value) else inf


def _is_half(distance: float) -> bool:
    """Say whether a value lies on an end of the interval but for binary fractions."""
    return abs(abs(distance) - 0.5) < 1e-9


def _nearest(key: tuple[str, ...], known: Known) -> str:
    """Name the row whose key shares most with a fact that nothing answers."""
    analysis, _, outcome, *_ = key
    candidates = [
        rows[0]
        for other, rows in known.items()
        if other[0] == analysis or other[2] == outcome
    ]
    if not candidates:
        return ""
    wanted = "|".join(key)

    def likeness(row: Record) -> float:
        have = "|".join(str(row[name]) for name in FACT_KEY_FIELDS)
        return SequenceMatcher(None, wanted, have).quick_ratio()

    return (
        f"no analysis gives this; nearest row: {max(candidates, key=likeness)['row']}"
    )
