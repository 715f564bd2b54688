"""What was attainable: one row a quantity, spec and law, with a verdict on print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, nan

import numpy as np
import pandas as pd

from rejia.contracts import ATTAINABLE, JUDGED, WITNESSES
from rejia.ensemble.certify import NOTHING, Name, ends_name, proved_ends
from rejia.ensemble.hulls import Hulls
from rejia.ensemble.model import Spec
from rejia.ensemble.moments import cells_behind, moment_span
from rejia.ensemble.quantities import Quantity, quantities
from rejia.ensemble.verdicts import ORDER, Range, Verdict, better, judge
from rejia.estimate import FACT_KEY_FIELDS, KEY_FIELDS, Key
from rejia.study import Study
from rejia.study.schema import RankSum as DeclaredRankSum

LEVELS = (0.005, 0.5, 0.995)
# What a printed statistic is called among the quantities.
SAME_AS = {"plus_minus": "sd"}
ADJUSTMENTS = {"raw": (False,), "bonferroni": (True,), "unstated": (False, True)}
EVERYTHING = (-inf, inf)
FactKey = tuple[str, ...]


@dataclass(frozen=True)
class Drawn:
    """
    Quantities of the cohorts that were drawn under one law.

    Attributes
    ----------
    law : str
        Sampling law.
    measured : numpy.ndarray
        float64 ``[quantity, cohort]``.
    scenario : str
        Behind the scenario of the quantity, where columns were made to depend.
    """

    law: str
    measured: np.ndarray
    scenario: str = ""


def attainable_rows(
    study: Study,
    facts: pd.DataFrame,
    spec: Spec,
    drawn: Sequence[Drawn],
    hulls: Hulls,
    certificates: pd.DataFrame = NOTHING,
) -> pd.DataFrame:
    """
    Return what the cohorts of a spec attain, and judge the printed numbers by it.

    Parameters
    ----------
    study : Study
        Declares the families of tests.
    facts : pandas.DataFrame
        Printed numbers.
    spec : Spec
        What the cohorts were drawn from.
    drawn : sequence of Drawn
        One a law; then those under dependence.
    hulls : Hulls
        Of the battery.
    certificates : pandas.DataFrame
        Table ``certificates``.

    Returns
    -------
    pandas.DataFrame
        Table ``attainable``, in the order of the quantities.

    Notes
    -----
    The hull of a mean or an SD is what exact arithmetic leaves of it (evidence
    ``proof``); that of a p-value or an odds ratio is what a search attained, and a
    verdict of it is ``impossible`` only where a certificate says so, or all cohorts
    share the counts that it is computed from. The column `evidence` is that of the
    hull.
    """
    printed = _printed(facts)
    proved = proved_ends(certificates)
    of_laws = [one for one in drawn if not one.scenario]
    rows = []
    for at, quantity in enumerate(quantities(spec)):
        found = _range(spec, quantity, at, of_laws, hulls)
        found = replace(found, outer=proved.get(_ends_name(spec, quantity), EVERYTHING))
        verdicts = [
            judge_fact(study, fact, found)
            for fact in printed.get(_fact_key(quantity), ())
            if quantity.key.scenario == "primary"
        ]
        verdict = max(
            verdicts,
            key=lambda one: ORDER.index(one.attainability),
            default=Verdict("", ""),
        )
        premises = dict.fromkeys(
            fact for c in cells_behind(spec, quantity.columns) for fact in c.facts
        )
        shared = {
            **{name: getattr(quantity.key, name) for name in KEY_FIELDS},
            "study": study.study,
            "statistic": quantity.statistic,
            "method": quantity.method,
            "spec": spec.id,
            "premises": ";".join(premises),
        }
        for one in drawn:
            values = one.measured[at]
            if one.scenario and (quantity.row < 0 or np.isnan(values).all()):
                continue
            rows.append(
                shared
                | _of_law(one, values)
                | _of_hull(one, quantity, found, hulls, verdict, spec)
            )
    return pd.DataFrame(rows, columns=list(ATTAINABLE))


def judged_facts(
    study: Study,
    facts: pd.DataFrame,
    tables: Sequence[pd.DataFrame],
    certificates: pd.DataFrame = NOTHING,
) -> pd.DataFrame:
    """
    Return the verdict on each printed number that a quantity answers.

    Parameters
    ----------
    study : Study
        Declares the families of tests.
    facts : pandas.DataFrame
        Printed numbers.
    tables : sequence of pandas.DataFrame
        Of `attainable_rows`, one a spec, the one that is named first.
    certificates : pandas.DataFrame
        Table ``certificates`` of all specs.

    Returns
    -------
    pandas.DataFrame
        Table ``judged``, in the order of the facts.
    """
    known = [_by_key(table) for table in tables]
    proved = proved_ends(certificates)
    rows = []
    for key, printed in _printed(facts).items():
        for fact in printed:
            verdicts = [
                (rows_of[0], judge_fact(study, fact, _read_range(rows_of, proved)))
                for rows_of in (of_spec.get(key, []) for of_spec in known)
                if rows_of
            ]
            if not verdicts:
                continue
            row, verdict = verdicts[0]
            others = [
                f"{other['spec']}: {one.attainability}"
                for other, one in verdicts[1:]
                if one.attainability != verdict.attainability
            ]
            rows.append(
                {name: row[name] for name in JUDGED if name in row}
                | {
                    "fact": fact["fact"],
                    "attainability": verdict.attainability,
                    "evidence": verdict.evidence,
                    "others": "; ".join(others),
                }
            )
    order = {str(name): at for at, name in enumerate(facts["fact"])}
    rows.sort(key=lambda row: order[str(row["fact"])])
    return pd.DataFrame(rows, columns=list(JUDGED))


Rows = list[Mapping[str, object]]


def _by_key(table: pd.DataFrame) -> dict[FactKey, Rows]:
    found: dict[FactKey, Rows] = {}
    for row in table[table["scenario"] == "primary"].to_dict("records"):
        key = tuple(str(row[name]) for name in (*FACT_KEY_FIELDS, "statistic"))
        found.setdefault(key, []).append({str(n): v for n, v in row.items()})
    return found


def _read_range(rows: Rows, proved: Mapping[Name, tuple[float, float]]) -> Range:
    """Return the hull and quantiles that a table holds of one quantity."""
    low, high = (rows[0][f"attainable_{end}"] for end in ("low", "high"))
    cuts = [(row["q005"], row["q995"]) for row in rows]
    numbers = [(float(str(a)), float(str(b))) for a, b in [(low, high), *cuts]]
    known = tuple(pair for pair in numbers[1:] if not np.isnan(pair).any())
    outer = proved.get(ends_name(rows[0]), EVERYTHING)
    return Range(*numbers[0], rows[0]["evidence"] == "proof", known, outer)


def _of_law(one: Drawn, values: np.ndarray) -> dict[str, object]:
    known = values[~np.isnan(values)]
    cuts = np.quantile(known, LEVELS, method="linear") if len(known) else [nan] * 3
    return {"law": one.law, **dict(zip(("q005", "q50", "q995"), cuts, strict=True))}


def _of_hull(
    one: Drawn,
    quantity: Quantity,
    found: Range,
    hulls: Hulls,
    verdict: Verdict,
    spec: Spec,
) -> dict[str, object]:
    """Return the columns that do not depend on the law."""
    if one.scenario:
        scenario = one.scenario
        if quantity.key.scenario != "primary":
            scenario = f"{quantity.key.scenario},{scenario}"
        return {"scenario": scenario, "attainable_low": nan, "attainable_high": nan}
    hull = hulls.found.get((quantity.row, quantity.statistic))
    witness = ""
    if hull is not None:
        names = (_witness(spec, hull.at_low), _witness(spec, hull.at_high))
        witness = ";".join(dict.fromkeys(names))
    return {
        "attainable_low": found.low,
        "attainable_high": found.high,
        "attainability": verdict.attainability,
        "evidence": "proof" if found.proven or found.met else "search",
        "witness": witness,
    }


def _witness(spec: Spec, at: int) -> str:
    return f"{spec.id}-{at + 1}"


def _range(
    spec: Spec, quantity: Quantity, at: int, drawn: Sequence[Drawn], hulls: Hulls
) -> Range:
    quantiles = []
    for one in drawn:
        known = one.measured[at][~np.isnan(one.measured[at])]
        if len(known):
            low, high = np.quantile(known, (LEVELS[0], LEVELS[2]), method="linear")
            quantiles.append((float(low), float(high)))
    seen = [one.measured[at] for one in drawn if not np.isnan(one.measured[at]).all()]
    least = min((float(np.nanmin(values)) for values in seen), default=nan)
    most = max((float(np.nanmax(values)) for values in seen), default=nan)
    proven = False
    if quantity.row < 0 and quantity.statistic in ("mean", "sd"):
        span = moment_span(
            spec, quantity.columns[0], quantity.key.group, quantity.statistic
        )
        least, most, proven = span.low, span.high, True
    elif quantity.row >= 0:
        hull = hulls.found.get((quantity.row, quantity.statistic))
        if hull is not None:
            least, most = min(least, hull.low), max(most, hull.high)
        # A predictor whose counts are printed for each group is the same for all.
        proven = least == most and set(quantity.columns) <= counted(spec)
    return Range(least, most, proven, tuple(quantiles))


def counted(spec: Spec) -> set[str]:
    """Return the columns of 0 and 1, of which every cohort has the same counts."""
    return {c.name for c in spec.columns if (c.low, c.high) == (0, 1)}


def judge_fact(study: Study, fact: Mapping[str, object], found: Range) -> Verdict:
    """
    Judge one printed number; a p whose adjustment is not stated is read both ways.

    Parameters
    ----------
    study : Study
        Declares how many tests a p-value was adjusted for.
    fact : mapping
        A row of the facts.
    found : Range
        Of the quantity that it prints.
    """
    text = str(fact["printed"])
    if fact["statistic"] != "p_value":
        return judge(text, found)
    m = tests_of(study, str(fact["analysis"]))
    readings = ADJUSTMENTS.get(str(fact["adjustment"]), (False,))
    return better([judge(text, found, m=m if twice else 1) for twice in readings])


def tests_of(study: Study, analysis: str) -> int:
    """Return the number of tests that an analysis' p-values are multiplied by."""
    for declared in study.analyses:
        if declared.id == analysis and isinstance(declared, DeclaredRankSum):
            family = study.families.get(declared.family)
            if family is not None and family.method == "bonferroni":
                return family.m
    return 1


def _fact_key(quantity: Quantity) -> FactKey:
    key = tuple(str(getattr(quantity.key, name)) for name in FACT_KEY_FIELDS)
    return (*key, quantity.statistic)


def printed_texts(
    spec: Spec, facts: pd.DataFrame
) -> dict[tuple[Key, str], tuple[str, ...]]:
    """Return what is printed of the quantities of a spec, by key and statistic."""
    printed = _printed(facts)
    return {
        (quantity.key, quantity.statistic): tuple(
            dict.fromkeys(
                str(fact["printed"]) for fact in printed.get(_fact_key(quantity), ())
            )
        )
        for quantity in quantities(spec)
        if quantity.key.scenario == "primary"
    }


def _ends_name(spec: Spec, quantity: Quantity) -> Name:
    key = {name: getattr(quantity.key, name) for name in KEY_FIELDS}
    return ends_name(key | {"spec": spec.id, "statistic": quantity.statistic})


def _printed(facts: pd.DataFrame) -> dict[FactKey, list[Mapping[str, object]]]:
    found: dict[FactKey, list[Mapping[str, object]]] = {}
    for fact in facts.to_dict("records"):
        statistic = str(fact["statistic"])
        key = tuple(str(fact[name]) for name in FACT_KEY_FIELDS)
        row = {str(name): value for name, value in fact.items()}
        found.setdefault((*key, SAME_AS.get(statistic, statistic)), []).append(row)
    return found


def witness_rows(spec: Spec, hulls: Hulls) -> pd.DataFrame:
    """
    Lay out the cohorts at the ends of hulls, so that they can be checked.

    Parameters
    ----------
    spec : Spec
        Columns.
    hulls : Hulls
        With their witnesses.

    Returns
    -------
    pandas.DataFrame
        Table ``witnesses``: one row a cohort and column, values of all patients in
        the order of the groups.
    """
    ensemble = hulls.witnesses
    groups = ";".join(ensemble.groups[at] for at in ensemble.group)
    rows = []
    for column in spec.columns:
        values = ensemble.physical(column.name)
        for at in range(ensemble.cohorts):
            rows.append(
                {
                    "spec": spec.id,
                    "witness": _witness(spec, at),
                    "column": column.name,
                    "unit": column.unit,
                    "groups": groups,
                    "values": ";".join(f"{value:.10g}" for value in values[:, at]),
                }
            )
    return pd.DataFrame(rows, columns=list(WITNESSES))
