"""One row of the results: what was asked (`Key`) and what came out (`Estimate`)."""

from dataclasses import dataclass, fields
from math import nan


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """
    What a number is about; one key for facts, results, audit and comparison.

    Attributes
    ----------
    study, cohort : str
        Study and cohort; facts carry neither.
    scenario : str
        ``primary``, or what deviates from the plan: ``threshold:2``.
    analysis : str
        Identifier of the study's analysis.
    population : str
        Declared with its row unit: ``patients``, ``hands``, ``large_joints``.
    outcome, term : str
        What is measured; the predictor of a model or the second variable.
    component, level : str
        Joint or item of a score; a category.
    visit, ref_visit : str
        Visit, and the comparator of a paired test or of a change.
    group, reference : str
        Group, and the comparator group; ``all`` for everyone.
    """

    study: str = ""
    cohort: str = ""
    scenario: str = ""
    analysis: str = ""
    population: str = ""
    outcome: str = ""
    term: str = ""
    component: str = ""
    level: str = ""
    visit: str = ""
    ref_visit: str = ""
    group: str = ""
    reference: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """
    What a statistic returns; never rounded, never formatted.

    Attributes
    ----------
    statistic : str
        What is estimated: ``odds_ratio``, ``hodges_lehmann_shift``.
    method : str
        The method in full: ``signed_rank_exact_pratt``.
    estimate, std_error : float
        Value and its standard error on the scale that the method names.
    ci_low, ci_high, confidence : float
        Limits and the confidence level that they really have.
    test_statistic, p_value : float
        Of the same method as the interval.
    n, n_events : float
        Observations used, and events among them; `nan` where it has no meaning.
    term : str
        Predictor, for the rows of a model.
    unit : str
        Unit of `estimate`, where the caller gave one.
    warning : str
        Why there is no estimate, or what to know about it.
    """

    statistic: str
    method: str
    estimate: float = nan
    std_error: float = nan
    ci_low: float = nan
    ci_high: float = nan
    confidence: float = nan
    test_statistic: float = nan
    p_value: float = nan
    n: float = nan
    n_events: float = nan
    term: str = ""
    unit: str = ""
    warning: str = ""


KEY_FIELDS = tuple(field.name for field in fields(Key))
FACT_KEY_FIELDS = tuple(
    name for name in KEY_FIELDS if name not in {"study", "cohort", "scenario"}
)
