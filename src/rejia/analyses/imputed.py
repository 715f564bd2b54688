"""Multiple imputation of an analysis: chained equations, predictive mean matching."""

import warnings
from collections.abc import Iterator, Sequence
from math import exp, isfinite, log
from zlib import crc32

import numpy as np
import pandas as pd

from rejia.analyses.models import design_of, key_of, terms_of
from rejia.analyses.rows import CohortRows, Row, Values
from rejia.estimate import Estimate, Key
from rejia.stats import models
from rejia.stats.imputation import Pooled, pool
from rejia.study import Analysis
from rejia.study.missing import Imputation
from rejia.study.schema import Describe, Logistic

# Patients for each column of the imputation model, at least.
PATIENTS_A_COLUMN = 3


def run_imputed(definition: Analysis, rows: CohortRows) -> Iterator[Row]:
    """
    Do an analysis on imputed data sets and pool what they give.

    Parameters
    ----------
    definition : Analysis
        A logistic model, or a description, of which the means are imputed.
    rows : CohortRows
        The cohort; its study declares `imputation`.

    Yields
    ------
    Row
        `n` counts the patients of the analysis, whether values of theirs were imputed
        or not; not estimable, with the reason, where no imputation model can be made.

    Raises
    ------
    ValueError
        If the study declares no imputation, or the analysis is of another kind.
    """
    plan = rows.study.imputation
    if plan is None:
        raise ValueError(
            f"study must declare imputation, but {rows.study.study} does not"
        )
    if isinstance(definition, Logistic):
        yield from _logistic(definition, rows, plan)
    elif isinstance(definition, Describe):
        yield from _means(definition, rows, plan)
    else:
        raise ValueError(
            f"analysis must be logistic or describe, but is {definition.test}"
        )


def impute(
    frame: pd.DataFrame, plan: Imputation, *, name: str
) -> tuple[list[pd.DataFrame], str]:
    """
    Complete a data set several times.

    Parameters
    ----------
    frame : pandas.DataFrame
        Numbers, `nan` where missing; every column helps to predict the others.
    plan : Imputation
        How often, and from how many donors.
    name : str
        Of the analysis; with the seed it says which numbers are drawn.

    Returns
    -------
    completed : list of pandas.DataFrame
        As many as the plan asks for; empty where there is no imputation model.
    why : str
        Why there is none.

    Notes
    -----
    Chained equations [1]_ of `statsmodels`: each column with missing values in turn is
    regressed on all others by least squares, coefficients are drawn from their normal
    approximation, and each missing value is that of one of the `donors` patients whose
    predictions are nearest. So imputed values are recorded ones and lie on the same
    lattice. Each data set comes from a chain of its own.

    References
    ----------
    .. [1] van Buuren S, Groothuis-Oudshoorn K. mice: multivariate imputation by chained
       equations in R. J Stat Softw 2011; 45(3):1-67.
    """
    missing = frame.isna()
    if not missing.to_numpy().any():
        return [frame] * plan.imputations, ""
    known = [*(~missing).sum()]
    for column, count in zip(frame.columns, known, strict=True):
        if count < max(plan.donors, 2):
            return [], f"fewer than {max(plan.donors, 2)} values of {column}"
    if len(frame) < PATIENTS_A_COLUMN * len(frame.columns):
        few = f"fewer than {PATIENTS_A_COLUMN} patients for each column"
        return [], f"{few} of the imputation model"
    from statsmodels.imputation.mice import MICEData
    from statsmodels.tools.sm_exceptions import SingularMatrixWarning

    # The library makes formulas of the names.
    plain = frame.set_axis([f"x{n}" for n in range(len(frame.columns))], axis=1)
    completed = []
    for number in range(plan.imputations):
        rng = np.random.default_rng([plan.seed, crc32(name.encode()), number])
        with warnings.catch_warnings():
            # Where columns add up to another, predictions are the same whichever is
            # taken; the library's pseudoinverse takes all.
            warnings.simplefilter("ignore", SingularMatrixWarning)
            chain = MICEData(plain.reset_index(drop=True), k_pmm=plan.donors, rng=rng)
            chain.update_all(plan.cycles)
        completed.append(
            pd.DataFrame(
                chain.data.to_numpy(), index=frame.index, columns=frame.columns
            )
        )
    return completed, ""


def _method(what: str, plan: Imputation) -> str:
    return (
        f"{what}_rubin_{plan.imputations}_imputations_matching_{plan.donors}_donors_"
        f"{plan.cycles}_cycles_seed_{plan.seed}"
    )


def _also(rows: CohortRows, plan: Imputation, frame: pd.DataFrame) -> pd.DataFrame:
    """Add what else helps to predict."""
    for name in plan.also:
        if name not in frame.columns:
            values = rows.values(name, visit="", population="patients")
            frame = frame.assign(**{name: values.numbers.reindex(frame.index)})
    return _varying(frame)


def _varying(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that say anything: a constant predicts nothing."""
    return frame.loc[:, frame.isna().any() | (frame != frame.iloc[:1].squeeze()).any()]


def _logistic(
    definition: Logistic, rows: CohortRows, plan: Imputation
) -> Iterator[Row]:
    event, design = design_of(definition, rows, definition.predictors)
    frame = _also(rows, plan, design.assign(event=event))
    completed, why = impute(frame, plan, name=definition.id)
    out = float(len(rows.patients) - len(design))
    for terms in terms_of(definition):
        fits = [
            models.logistic(
                event.to_numpy(),
                data.reindex(columns=list(terms)).fillna(design).to_numpy(),
                names=list(terms),
                inference="wald",
            )
            for data in completed
        ]
        for place, name in enumerate(terms):
            unit = rows.variable(name).unit
            yield Row(
                key=key_of(definition, rows, name),
                estimate=_odds_ratio(
                    [fit[place] for fit in fits], len(terms), plan, why
                ),
                n_missing=out,
                unit=f"per {unit}" if unit else "",
                adjusted_for=";".join(other for other in terms if other != name),
                family=definition.family,
            )


def _odds_ratio(
    fits: Sequence[Estimate], n_terms: int, plan: Imputation, why: str
) -> Estimate:
    """Pool log odds ratios with their standard errors."""
    bad = [fit for fit in fits if not (isfinite(fit.std_error) and fit.estimate > 0)]
    if bad:
        why = bad[0].warning or "not estimable in every imputed data set"
    if why:
        n = fits[0].n if fits else float("nan")
        return Estimate(
            statistic="odds_ratio", method="not_estimable", n=n, warning=why
        )
    first = fits[0]
    pooled = pool(
        [log(fit.estimate) for fit in fits],
        [fit.std_error**2 for fit in fits],
        df_complete=first.n - n_terms - 1,
    )
    return Estimate(
        statistic="odds_ratio",
        method=_method("logistic_maximum_likelihood_wald", plan),
        estimate=exp(pooled.estimate),
        std_error=pooled.std_error,
        ci_low=exp(pooled.ci_low),
        ci_high=exp(pooled.ci_high),
        confidence=0.95,
        test_statistic=pooled.t,
        p_value=pooled.p_value,
        n=first.n,
        n_events=first.n_events,
    )


def _means(definition: Describe, rows: CohortRows, plan: Imputation) -> Iterator[Row]:
    columns = dict(_columns(definition, rows))
    frame = pd.DataFrame(
        {name: values.numbers for name, (_, values) in columns.items()}
    )
    for label in sorted(set(rows.groups["group"]))[1:]:
        own = rows.groups.set_index("patient")["group"].reindex(frame.index) == label
        frame[f"group {label}"] = own.astype(float)
    completed, why = impute(_also(rows, plan, frame), plan, name=definition.id)
    for name, (key, values) in columns.items():
        for group in definition.groups:
            members = [p for p in frame.index if p in rows.members(group)]
            whole = [data[name] if name in data else frame[name] for data in completed]
            yield Row(
                key=Key(
                    **{
                        "analysis": definition.id,
                        "population": "patients",
                        "outcome": key[0],
                        "visit": key[1],
                        "group": group,
                    }
                ),
                estimate=_mean([column[members] for column in whole], plan, why),
                n_missing=0 if not why else float(len(members)),
                unit=rows.variable(key[0]).unit,
                score_version=values.score_version,
            )


def _columns(
    definition: Describe, rows: CohortRows
) -> Iterator[tuple[str, tuple[tuple[str, str], Values]]]:
    """Give the outcomes of patients that are numbers, at each visit with a value."""
    for outcome in definition.outcomes:
        variable = rows.variable(outcome)
        population = rows.population_of(outcome, definition.population)
        if variable.levels or rows.unit_of(population) != "patient":
            continue
        for visit in definition.visits if variable.per == "visit" else ("",):
            values = rows.values(outcome, visit=visit, population=population)
            if values.numbers.notna().any():
                yield f"{outcome} {visit}".strip(), ((outcome, visit), values)


def _mean(samples: Sequence[pd.Series], plan: Imputation, why: str) -> Estimate:
    """Pool means with their standard errors."""
    n = len(samples[0]) if samples else 0
    variances = [float(s.var(ddof=1)) / n if n > 1 else 0.0 for s in samples]
    if not why and (n < 2 or not min(variances) > 0):
        why = "fewer than two different values"
    if why:
        return Estimate(
            statistic="mean", method="not_estimable", n=float(n), warning=why
        )
    pooled: Pooled = pool(
        [float(s.mean()) for s in samples], variances, df_complete=n - 1
    )
    return Estimate(
        statistic="mean",
        method=_method("arithmetic_mean", plan),
        estimate=pooled.estimate,
        std_error=pooled.std_error,
        ci_low=pooled.ci_low,
        ci_high=pooled.ci_high,
        confidence=0.95,
        n=float(n),
    )
