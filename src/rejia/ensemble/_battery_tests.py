"""Tests of a battery, as frozen definitions in terms of an ensemble's columns."""

from dataclasses import dataclass

METHODS = ("normal", "normal_corrected")
ZEROS = ("drop", "pratt", "keep")
WEIGHTS = ("unweighted", "linear", "quadratic")

Groups = tuple[str, ...]


def _check(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(
            f"{name} must be one of {', '.join(allowed)}, but got {value!r}"
        )


@dataclass(frozen=True, slots=True)
class RankSum:
    """
    Mann-Whitney test of a column between two sets of groups.

    Attributes
    ----------
    column : str
        Column of the ensemble.
    group, reference : tuple of str
        Labels of groups that do not overlap; several are merged.
    method : {'normal', 'normal_corrected'}
        As in `rejia.stats.ranks.rank_sum`; with the variance given the ties.
    analysis : str
        Identifier in the study, if it is from one.
    """

    column: str
    group: Groups
    reference: Groups
    method: str = "normal"
    analysis: str = ""

    def __post_init__(self) -> None:
        _check("method", self.method, METHODS)
        both = set(self.group) & set(self.reference)
        if both:
            raise ValueError(
                f"group and reference must not overlap, but got {', '.join(both)} in "
                "both"
            )


@dataclass(frozen=True, slots=True)
class SignedRank:
    """
    Wilcoxon test of the differences ``after - before`` of two columns of one step.

    Attributes
    ----------
    before, after : str
        Columns of the ensemble.
    groups : tuple of str
        Patients of the test; everyone if empty.
    zeros, method : str
        As in `rejia.stats.ranks.signed_rank`; the methods of `RankSum`.
    analysis : str
        Identifier in the study, if it is from one.
    """

    before: str
    after: str
    groups: Groups = ()
    zeros: str = "drop"
    method: str = "normal"
    analysis: str = ""

    def __post_init__(self) -> None:
        _check("method", self.method, METHODS)
        _check("zeros", self.zeros, ZEROS)


@dataclass(frozen=True, slots=True)
class Logistic:
    """
    Logistic model of membership in the event groups; Wald test of each term.

    Attributes
    ----------
    columns : tuple of str
        Predictors; one row of results each.
    event : tuple of str
        Groups that are the event; all others of the ensemble are not.
    analysis, scenario : str
        Identifier and scenario in the study, if it is from one.
    """

    columns: tuple[str, ...]
    event: Groups
    analysis: str = ""
    scenario: str = "primary"

    def __post_init__(self) -> None:
        if not self.columns or len(set(self.columns)) != len(self.columns):
            raise ValueError(
                f"columns must be one or more and differ, but got {self.columns!r}"
            )


@dataclass(frozen=True, slots=True)
class FixedLogistic:
    """
    Logistic model of a 0/1 predictor whose counts every cohort shares: solved once.

    Attributes
    ----------
    column : str
        Name of the predictor; no column of the ensemble.
    event : tuple of str
        Groups that are the event.
    ones : tuple of (str, int)
        How many patients of each group have 1.
    analysis, scenario : str
        Identifier and scenario in the study, if it is from one.
    """

    column: str
    event: Groups
    ones: tuple[tuple[str, int], ...]
    analysis: str = ""
    scenario: str = "primary"


@dataclass(frozen=True, slots=True)
class Spearman:
    """
    Spearman's correlation of two columns with Student's t.

    Attributes
    ----------
    x, y : str
        Columns of the ensemble.
    groups : tuple of str
        Patients of the test; everyone if empty.
    analysis : str
        Identifier in the study, if it is from one.
    """

    x: str
    y: str
    groups: Groups = ()
    analysis: str = ""


@dataclass(frozen=True, slots=True)
class Kappa:
    """
    Weighted kappa of two columns of grades 0, 1, …, `levels` - 1.

    Attributes
    ----------
    first, second : str
        Columns of an ensemble whose rows are joints, in whole grades.
    levels : int
        Grades of the scale, used or not.
    weights : {'unweighted', 'linear', 'quadratic'}
        As in `rejia.stats.agreement.weighted_kappa`.
    analysis : str
        Identifier in the study, if it is from one.
    """

    first: str
    second: str
    levels: int = 6
    weights: str = "linear"
    analysis: str = ""

    def __post_init__(self) -> None:
        _check("weights", self.weights, WEIGHTS)
        if self.levels < 2:
            raise ValueError(f"levels must be 2 or more, but got {self.levels}")


Test = RankSum | SignedRank | Logistic | FixedLogistic | Spearman | Kappa


@dataclass(frozen=True, slots=True)
class Row:
    """
    What a row of the results is.

    Attributes
    ----------
    kind : str
        ``rank_sum``, ``signed_rank``, ``logistic``, ``spearman``, ``kappa``.
    columns : tuple of str
        Columns of the test; of a model, the row's own predictor.
    contrast : str
        ``C vs A+B``; the patients of a paired test, empty for all.
    unit : str
        Unit of one step up of the predictor: an odds ratio is per 1 of it.
    method : str
        In full.
    adjusted_for : tuple of str
        Other predictors of the model.
    analysis, scenario : str
        Of the study.
    """

    kind: str
    columns: tuple[str, ...]
    contrast: str
    unit: str
    method: str
    adjusted_for: tuple[str, ...] = ()
    analysis: str = ""
    scenario: str = "primary"


def find_rows(test: Test, units: dict[str, str], labels: Groups) -> list[Row]:
    """Return the rows that a test fills, in order."""
    match test:
        case RankSum():
            contrast = f"{'+'.join(test.group)} vs {'+'.join(test.reference)}"
            name = f"rank_sum_{test.method}"
            unit = units.get(test.column, "")
            columns = (test.column,)
            return [
                Row("rank_sum", columns, contrast, unit, name, analysis=test.analysis)
            ]
        case SignedRank():
            name = f"signed_rank_{test.method}_{test.zeros}"
            pair, within = (test.before, test.after), "+".join(test.groups)
            unit = units.get(test.after, "")
            return [
                Row("signed_rank", pair, within, unit, name, analysis=test.analysis)
            ]
        case Spearman():
            pair, within = (test.x, test.y), "+".join(test.groups)
            name = "spearman_student_t"
            return [Row("spearman", pair, within, "", name, analysis=test.analysis)]
        case Kappa():
            name = f"kappa_{test.weights}_fleiss_cohen_everitt"
            pair = (test.first, test.second)
            return [Row("kappa", pair, "", "", name, analysis=test.analysis)]
        case Logistic() | FixedLogistic():
            return _model_rows(test, units, labels)


def _model_rows(
    test: Logistic | FixedLogistic, units: dict[str, str], labels: Groups
) -> list[Row]:
    columns = (test.column,) if isinstance(test, FixedLogistic) else test.columns
    others = "+".join(label for label in labels if label not in test.event)
    return [
        Row(
            "logistic",
            (name,),
            f"{'+'.join(test.event)} vs {others}",
            units.get(name, ""),
            "logistic_maximum_likelihood_wald",
            tuple(other for other in columns if other != name),
            test.analysis,
            test.scenario,
        )
        for name in columns
    ]
