"""Definitions of analyses, one model a kind."""

from typing import Annotated, Literal

from pydantic import Field

from rejia.study.base import GroupLabel, Model, Name, Text, VisitName
from rejia.study.missing import Missing

Convention = Literal[
    "spss-16-npar",
    "sas-9.3-npar1way",
    "sas-9.3-univariate",
    "r-4.5",
    "r-4.6",
    "scipy-1.17",
]


class Family(Model):
    """
    Tests that are adjusted together; `m` counts the plan.

    With `per`, each value of those key fields is a family of its own: three
    contrasts of each outcome at each visit are `m: 3, per: [outcome, visit]`.
    """

    m: int = Field(ge=1)
    per: tuple[Literal["analysis", "outcome", "term", "component", "visit"], ...] = ()
    method: Literal["none", "bonferroni", "holm", "benjamini_hochberg"]


class _Analysis(Model):
    """
    What every analysis has.

    Values that are missing are left out; with `missing` the analysis is also done
    otherwise, each time as a scenario of the multiverse: ``best`` and ``worst`` give
    every missing value the best, or worst, of its scale (at the later visit of a
    change, and to patients without a group in a model of being in one), ``mi`` is
    multiple imputation.
    """

    id: Name
    population: Name | None = None
    missing: tuple[Missing, ...] = ()


class MissingPattern(_Analysis):
    """
    Which values are missing: each outcome by visit and group, and together.

    A pattern is the set of values that a patient lacks. Patterns are over as many of
    the outcomes as leave every pattern at least `min_patients`; the others, those
    with fewest missing values first, are left to their own counts.
    """

    test: Literal["missing_pattern"]
    outcomes: tuple[Name, ...] = Field(min_length=1)
    visits: tuple[VisitName, ...] = ()
    groups: tuple[GroupLabel, ...] = ("all",)
    min_patients: int = Field(default=5, ge=1)


class Describe(_Analysis):
    """
    Each outcome by visit and group.

    A number gives mean, SD, quartiles and range; a category the patients in each
    level, with an interval of their proportion. Group sizes are always given.
    """

    test: Literal["describe"]
    outcomes: tuple[Name, ...] = Field(min_length=1)
    visits: tuple[VisitName, ...] = ()
    groups: tuple[GroupLabel, ...] = ("all",)
    method: Literal["wilson", "clopper_pearson", "jeffreys"] = "clopper_pearson"


class CaseValues(_Analysis):
    """Each patient's values, for published cases: the group is the patient."""

    test: Literal["case_values"]
    outcomes: tuple[Name, ...] = Field(min_length=1)
    visits: tuple[VisitName, ...] = Field(min_length=1)


class PublishedProportion(_Analysis):
    """
    Proportion from a printed percentage and its denominator.

    Every count that the percentage allows is one row, with its interval.
    """

    test: Literal["published_proportion"]
    percent: tuple[Name, ...] = Field(min_length=1)
    denominator: Name
    method: Literal["wilson", "clopper_pearson", "jeffreys"] = "clopper_pearson"


class SignedRank(_Analysis):
    """Paired Wilcoxon test of each outcome between two visits."""

    test: Literal["signed_rank"]
    outcomes: tuple[Name, ...] = Field(min_length=1)
    visit: VisitName
    ref_visit: VisitName
    groups: tuple[GroupLabel, ...] = ("all",)
    convention: Convention
    family: Name


class RankSum(_Analysis):
    """Mann-Whitney test of each outcome between two groups, at each visit."""

    test: Literal["rank_sum"]
    outcomes: tuple[Name, ...] = Field(min_length=1)
    visits: tuple[VisitName, ...] = ()
    group: GroupLabel
    reference: GroupLabel
    convention: Convention
    family: Name


class StandardizedDifference(_Analysis):
    """
    Difference of the means of two groups in pooled standard deviations, at each visit.

    No family: it says how far groups lie apart, and is no test.
    """

    test: Literal["standardized_difference"]
    outcomes: tuple[Name, ...] = Field(min_length=1)
    visits: tuple[VisitName, ...] = ()
    group: GroupLabel
    reference: GroupLabel


class Event(Model):
    """Event of a logistic model: being in a group."""

    group: GroupLabel


class Alternatives(Model):
    """Declared alternatives of a model, each a scenario of the multiverse."""

    predictors: tuple[tuple[Name, ...], ...] = ()


class Logistic(_Analysis):
    """Logistic model; `each` fits one model a predictor."""

    test: Literal["logistic"]
    event: Event
    predictors: tuple[Name, ...] = Field(min_length=1)
    visit: VisitName | None = None
    inference: Literal["wald", "profile", "firth"]
    each: bool = False
    alternatives: Alternatives = Alternatives()
    family: Name


class Correlation(_Analysis):
    """Spearman correlation of an outcome with a second variable."""

    test: Literal["spearman"]
    outcome: Name
    component: Name | None = None
    term: Name
    visit: VisitName
    method: Literal["exact", "student_t"]
    family: Name


class Agreement(_Analysis):
    """
    Weighted kappa between readers (inter) or readings of a reader (intra).

    `finding` names the raw grades; `outcome` the score that they make.
    """

    test: Literal["weighted_kappa"]
    outcome: Name
    finding: Name
    between: Literal["inter", "intra"]
    weights: Literal["unweighted", "linear", "quadratic"]
    visits: tuple[VisitName, ...] = Field(min_length=1)


class ChangeCounts(_Analysis):
    """Patients improved, unchanged and worsened in each outcome."""

    test: Literal["change_counts"]
    outcomes: tuple[Name, ...] = Field(min_length=1)
    visit: VisitName
    ref_visit: VisitName
    threshold: float = Field(default=0, ge=0)
    method: Literal["wilson", "clopper_pearson", "jeffreys"] = "clopper_pearson"


class Positives(_Analysis):
    """Rows with any finding: a value above 0, by visit."""

    test: Literal["positives"]
    outcome: Name
    component: Name | None = None
    visits: tuple[VisitName, ...] = Field(min_length=1)
    method: Literal["wilson", "clopper_pearson", "jeffreys"] = "clopper_pearson"


class Transitions(_Analysis):
    """What became of the joints of each baseline class of grades."""

    test: Literal["transitions"]
    outcome: Name
    visit: VisitName
    ref_visit: VisitName
    classes: dict[Name, tuple[int, ...]]


class AdverseEventRate(_Analysis):
    """
    Adverse events under treatment: per patient, and per 100 patient-years.

    Patient-years are the union of the courses of `drugs`. An event counts if its day
    lies in them, or up to `days_after` their end; one without a day is `counted` or
    `left_out`. Without `terms` every term of the cohort is shown.
    """

    test: Literal["adverse_event_rate"]
    drugs: tuple[Text, ...] = Field(min_length=1)
    terms: tuple[Text, ...] = ()
    groups: tuple[GroupLabel, ...] = ("all",)
    min_grade: int | None = Field(default=None, ge=1, le=5)
    serious_only: bool = False
    days_after: float = Field(default=0, ge=0)
    undated: Literal["counted", "left_out"] = "counted"
    method: Literal["wilson", "clopper_pearson", "jeffreys"] = "clopper_pearson"


class PublishedEvents(_Analysis):
    """
    Adverse events that the source names without a number.

    At least one patient of the printed denominator had each, at most all.
    """

    test: Literal["published_events"]
    terms: tuple[Text, ...] = Field(min_length=1)
    denominator: Name
    place: Text


Analysis = Annotated[
    Describe
    | CaseValues
    | PublishedProportion
    | SignedRank
    | RankSum
    | StandardizedDifference
    | Logistic
    | Correlation
    | Agreement
    | ChangeCounts
    | Transitions
    | Positives
    | AdverseEventRate
    | PublishedEvents
    | MissingPattern,
    Field(discriminator="test"),
]
