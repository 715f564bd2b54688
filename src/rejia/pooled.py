"""Released results of several cohorts: put together, and pooled where declared."""

from collections.abc import Mapping
from math import exp, isfinite, isnan, log, nan

import pandas as pd

from rejia.contracts import POOLED, RESULTS
from rejia.estimate import FACT_KEY_FIELDS, KEY_FIELDS
from rejia.stats.pooling import Pooled, pool
from rejia.study import Study
from rejia.study.cohorts import Pooling

ALL_COHORTS = "pooled"
RATIOS = ("odds_ratio", "rate_ratio", "risk_ratio")
# Of these 0 means no difference, so that a p-value says something.
DIFFERENCES = ("mean_difference", "risk_difference", "mean_change")
_QUESTION = [*FACT_KEY_FIELDS, "statistic"]
_BACK = ("estimate", "ci_low", "ci_high")


def gather_cohorts(by_cohort: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """
    Put the released results of several cohorts into one table.

    Parameters
    ----------
    by_cohort : mapping of str to pandas.DataFrame
        Released table ``results`` of each cohort, by its name.

    Returns
    -------
    pandas.DataFrame
        Table ``results``, sorted by key; the name of a row begins with its cohort.
    """
    tables = [
        table.assign(row=[f"{name}-{row}" for row in table["row"]])
        for name, table in by_cohort.items()
    ]
    whole = pd.concat(tables, ignore_index=True)[list(RESULTS)]
    return whole.sort_values(
        [*KEY_FIELDS, "statistic", "method"], ignore_index=True, kind="stable"
    )


def pool_results(study: Study, results: pd.DataFrame) -> pd.DataFrame:
    """
    Pool the estimates of the analyses that a study names, over its cohorts.

    Parameters
    ----------
    study : Study
        With cohorts and ``pooling:``.
    results : pandas.DataFrame
        Released results of all cohorts (see `gather_cohorts`). What disclosure
        withheld is missing here, so that nothing of it is in what is pooled.

    Returns
    -------
    pandas.DataFrame
        Table ``pooled``: one row a question and method; ratios are pooled as
        logarithms and given back as ratios, their standard error and variance between
        cohorts on the scale of logarithms.

    Raises
    ------
    ValueError
        If the study pools nothing.
    """
    declared = study.pooling
    if declared is None:
        raise ValueError(f"study must declare pooling, but {study.study} does not")
    wanted = results[
        results["analysis"].isin(declared.analyses)
        & ((results["std_error"].notna()) | results["warning"].ne(""))
    ]
    able = set(wanted.loc[wanted["std_error"].notna(), "statistic"])
    rows, names = [], [cohort.name for cohort in study.cohorts]
    for question, members in wanted.groupby(_QUESTION, sort=True):
        if str(members["statistic"].iloc[0]) not in able:
            continue
        key = dict(zip(_QUESTION, question, strict=True))
        for method in declared.methods:
            rows.append(_row(study.study, declared, key, members, names, method))
    return pd.DataFrame(rows, columns=list(POOLED)).sort_values(
        [*KEY_FIELDS, "statistic", "method"], ignore_index=True, kind="stable"
    )


def _row(
    study: str,
    declared: Pooling,
    key: Mapping[str, object],
    members: pd.DataFrame,
    names: list[str],
    method: str,
) -> dict[str, object]:
    """Return one row of table ``pooled``."""
    statistic = str(key["statistic"])
    is_ratio = statistic in RATIOS
    first = {str(row["cohort"]): row for row in reversed(members.to_dict("records"))}
    used: dict[str, tuple[float, float]] = {}
    for name in names:
        if name in first:
            value, error = (float(first[name][c]) for c in ("estimate", "std_error"))
            if is_ratio:
                value = log(value) if value > 0 and isfinite(value) else nan
            if isfinite(value) and isfinite(error) and error > 0:
                used[name] = value, error
    made = {
        **dict.fromkeys(POOLED, ""),
        **key,
        "study": study,
        "cohort": ALL_COHORTS,
        "scenario": "primary",
        "scale": "log" if is_ratio else "identity",
        "cohorts": ";".join(used),
        "left_out": ";".join(name for name in names if name not in used),
        "unit": members["unit"].iloc[0],
        "adjusted_for": members["adjusted_for"].iloc[0],
    }
    if used:
        values, errors = zip(*used.values(), strict=True)
        found = pool(
            values,
            errors,
            method=method,
            interval=declared.interval,
            confidence=declared.confidence,
        )
        return made | _cells(found, is_ratio, statistic)
    return made | {
        **{name: nan for name in _NUMBERS},
        "method": f"random_effects_{method}_{declared.interval}",
        "n": 0,
        "warning": "no cohort has an estimate that may be shown",
    }


_NUMBERS = tuple(name for name, column in POOLED.items() if column.kind != "text")


def _cells(found: Pooled, is_ratio: bool, statistic: str) -> dict[str, object]:
    estimate = found.estimate

    def back(value: float) -> float:
        return exp(value) if is_ratio and not isnan(value) else value

    tested = is_ratio or statistic in DIFFERENCES
    return {
        "method": estimate.method,
        **{name: back(getattr(estimate, name)) for name in _BACK},
        "std_error": estimate.std_error,
        "confidence": estimate.confidence,
        "p_value": estimate.p_value if tested else nan,
        "n": estimate.n,
        **{
            name: getattr(found, name)
            for name in ("tau2", "tau2_low", "tau2_high", "i2", "q", "q_p_value")
        },
        "prediction_low": back(found.prediction_low),
        "prediction_high": back(found.prediction_high),
        "weights": ";".join(repr(weight) for weight in found.weights),
        "warning": estimate.warning,
    }
