"""From a checked outcome and predictors to the terms of a logistic model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isnan, nan, sqrt

import numpy as np
from scipy.special import ndtr, ndtri

from rejia.stats._logistic import (
    FloatArray,
    Likelihood,
    Profile,
    chi_square_p,
    fit_all,
    standard_errors,
)
from rejia.stats._logistic_separation import (
    Recession,
    Separation,
    independent,
    recession,
    undetermined,
)

_DIRECTIONS = {1: "up", -1: "down", 0: "either"}
_NOT_CONVERGED = "the iterations did not converge"


@dataclass(frozen=True, slots=True)
class Term:
    """One coefficient on the log scale, with test and interval of one method."""

    coefficient: float = nan
    std_error: float = nan
    low: float = nan
    high: float = nan
    test_statistic: float = nan
    p_value: float = nan
    warning: str = ""

    def per_unit(self, scale: float) -> "Term":
        """Return the term per unit of a predictor whose deviation is `scale`."""
        return replace(
            self,
            coefficient=self.coefficient / scale,
            std_error=self.std_error / scale,
            low=self.low / scale,
            high=self.high / scale,
        )


@dataclass(frozen=True, slots=True)
class Design:
    """
    Standardised predictors that can be in one model together.

    Attributes
    ----------
    x : ndarray
        The column of ones, then those predictors that span all of them.
    columns : tuple of int
        Position of each column of `x` among the predictors; −1 for the ones.
    scales : ndarray
        Standard deviation of each predictor.
    faults : dict of int to str
        Predictors that have no estimate, and why.
    """

    x: FloatArray
    columns: tuple[int, ...]
    scales: FloatArray
    faults: dict[int, str]


def build_design(predictors: FloatArray, names: Sequence[str]) -> Design:
    """Standardise the predictors and set aside what no data could estimate."""
    centred = predictors - predictors.mean(axis=0)
    scales = np.sqrt(np.mean(centred**2, axis=0))
    size = np.max(np.abs(predictors), axis=0)
    varying = np.flatnonzero(np.ptp(predictors, axis=0) > 1e-12 * size)
    faults = {
        int(column): f"'{names[column]}' is constant"
        for column in set(range(len(names))) - set(varying)
    }
    ones = np.ones((len(predictors), 1))
    x = np.hstack([ones, centred[:, varying] / scales[varying]])
    mixed = np.flatnonzero(undetermined(x)[0][1:])
    if len(mixed):
        among = ", ".join(f"'{names[varying[column]]}'" for column in mixed)
        faults |= {int(varying[column]): f"collinear: {among}" for column in mixed}
    kept = independent(x)
    columns = tuple(-1 if i == 0 else int(varying[i - 1]) for i in kept)
    return Design(x[:, kept], columns, scales, faults)


def name_separation(
    found: Recession, design: Design, names: Sequence[str]
) -> Separation:
    """Translate columns of the design into predictors."""
    at = [i for i in np.flatnonzero(found.endless) if design.columns[i] >= 0]
    columns = tuple(design.columns[i] for i in at)
    return Separation(
        kind=found.kind,
        columns=columns,
        names=tuple(names[column] for column in columns),
        directions=tuple(_DIRECTIONS[int(found.directions[i])] for i in at),
        n_separated=int(np.count_nonzero(~found.overlap)),
        n=len(found.overlap),
        warning="; ".join(dict.fromkeys(design.faults.values())),
    )


def compute_terms(
    y: FloatArray,
    design: Design,
    names: Sequence[str],
    inference: str,
    confidence: float,
) -> list[Term]:
    """Return one term a predictor, in their order."""
    found = recession(y, design.x)
    by_column = (
        _regular_terms(_likelihood(y, design.x, inference), inference, confidence)
        if found.kind == "none" or inference == "firth"
        else _separated_terms(y, design.x, found, inference, confidence)
    )
    note = _separation_note(found, design, names, inference)
    terms = []
    for predictor in range(len(names)):
        if predictor in design.faults:
            terms.append(Term(warning=design.faults[predictor]))
            continue
        term = by_column[design.columns.index(predictor)]
        warnings = [text for text in (term.warning, note) if text]
        scaled = term.per_unit(float(design.scales[predictor]))
        terms.append(replace(scaled, warning="; ".join(warnings)))
    return terms


def _separation_note(
    found: Recession, design: Design, names: Sequence[str], inference: str
) -> str:
    """Say by what the data are separated, and what these rows are then."""
    if found.kind == "none":
        return ""
    what = name_separation(found, design, names)
    if inference == "firth":
        return f"{what.text}; penalised estimates are finite"
    kept = what.n - what.n_separated
    return (
        f"{what.text}; maximum likelihood in the limit, which rests on {kept} of "
        f"{what.n} observations; inference 'firth' has finite estimates"
    )


def _likelihood(y: FloatArray, x: FloatArray, inference: str) -> Likelihood:
    return Likelihood(y, x, np.zeros(len(y)), penalized=inference == "firth")


def _regular_terms(
    likelihood: Likelihood, inference: str, confidence: float
) -> list[Term]:
    """Return a term for each column of a model that has a finite maximum."""
    best = fit_all(likelihood)
    size = likelihood.x.shape[1]
    if not best.converged:
        return [Term(warning=f"{_NOT_CONVERGED} (score {best.residual:.1g})")] * size
    terms = []
    errors = standard_errors(best)
    z = float(ndtri((1.0 + confidence) / 2.0))
    for index in range(size):
        b, error = float(best.point.coefficients[index]), float(errors[index])
        if inference == "wald":
            ratio = b / error
            p_value = float(2.0 * ndtr(-abs(ratio)))
            terms.append(Term(b, error, b - z * error, b + z * error, ratio, p_value))
        elif index == 0:
            terms.append(Term(b, error))  # nobody asks for the intercept's profile
        else:
            profile = Profile(likelihood, index, best.value, best)
            step = min(z * error, 1.0)
            term = _profile_term(
                profile, profile.limit(b, -step, z), profile.limit(b, step, z)
            )
            terms.append(replace(term, coefficient=b, std_error=error))
    return terms


def _profile_term(profile: Profile, low: float, high: float) -> Term:
    """Add the likelihood-ratio test to the limits; say so if either is missing."""
    deviance = profile.deviance(0.0, twice=True)
    if isnan(low) or isnan(high) or not profile.converged:
        return Term(warning=f"{_NOT_CONVERGED} on the profile")
    return Term(nan, nan, low, high, deviance, chi_square_p(deviance))


def _separated_terms(
    y: FloatArray, x: FloatArray, found: Recession, inference: str, confidence: float
) -> list[Term]:
    """
    Return the limits of the terms as the likelihood climbs to its supremum.

    Separated observations then contribute a factor of one, so finite coefficients
    rest on the overlap alone.
    """
    terms = [Term()] * x.shape[1]
    supremum = 0.0
    if found.overlap.any():
        inner = x[found.overlap]
        basis = independent(inner)
        likelihood = _likelihood(y[found.overlap], inner[:, basis], inference)
        supremum = fit_all(likelihood).value
        inside = _regular_terms(likelihood, inference, confidence)
        for place, column in enumerate(basis):
            if not found.endless[column]:
                terms[column] = inside[place]
    for column in np.flatnonzero(found.endless):
        sign = int(found.directions[column])
        if sign == 0:
            continue
        terms[column] = (
            _one_sided_term(
                y,
                x,
                int(column),
                sign=sign,
                supremum=supremum,
                confidence=confidence,
            )
            if inference == "profile" and column > 0
            else Term(sign * inf)
        )
    return terms


def _one_sided_term(
    y: FloatArray,
    x: FloatArray,
    column: int,
    *,
    sign: int,
    supremum: float,
    confidence: float,
) -> Term:
    """Return likelihood-ratio test and finite limit of a coefficient at ±infinity."""
    others = np.delete(x, column, axis=1)
    overlap = recession(y, others).overlap
    inner = others[overlap]
    inner = inner[:, independent(inner)]
    held = np.column_stack([inner, x[overlap, column]])
    profile = Profile(
        _likelihood(y[overlap], held, "profile"), inner.shape[1], supremum
    )
    z = float(ndtri((1.0 + confidence) / 2.0))
    statistic = profile.deviance(0.0)
    # Walk from 0 towards the limit: the deviance falls in the direction of `sign`.
    inwards = 1.0 if sqrt(statistic) > z else -1.0
    limit = profile.limit(0.0, sign * inwards, z)
    low, high = (limit, inf) if sign > 0 else (-inf, limit)
    return replace(_profile_term(profile, low, high), coefficient=sign * inf)
