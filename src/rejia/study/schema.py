"""The closed schema of a study: frozen models, no key outside them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from rejia.study.analyses import (
    AdverseEventRate,
    Agreement,
    Alternatives,
    Analysis,
    CaseValues,
    ChangeCounts,
    Convention,
    Correlation,
    Describe,
    Event,
    Family,
    Logistic,
    MissingPattern,
    Positives,
    PublishedEvents,
    PublishedProportion,
    RankSum,
    SignedRank,
    StandardizedDifference,
    Transitions,
)
from rejia.study.base import GroupLabel, Model, Name, Text, VisitName
from rejia.study.cohorts import Cohort, Pooling
from rejia.study.exclusions import Exclusion
from rejia.study.missing import Imputation
from rejia.study.reporting import Reported, StrobeItem
from rejia.study.sensitivity import Exchange, PerYear, Sensitivity
from rejia.study.sources import Holds, Sources
from rejia.study.structure import Structure
from rejia.study.variables import (
    GroupLabels,
    Groups,
    Population,
    SmallestDetectable,
    Variable,
)
from rejia.study.windows import Visit, Windows

__all__ = [
    "AdverseEventRate",
    "Agreement",
    "Alternatives",
    "Analysis",
    "CaseValues",
    "ChangeCounts",
    "Claim",
    "Cohort",
    "Convention",
    "Correlation",
    "Describe",
    "Draw",
    "EnsemblePlan",
    "Event",
    "Exchange",
    "Exclusion",
    "Family",
    "GroupLabel",
    "GroupLabels",
    "Groups",
    "Holds",
    "Imputation",
    "Logistic",
    "MissingPattern",
    "Model",
    "Name",
    "PerYear",
    "Pooling",
    "Population",
    "Positives",
    "Privacy",
    "PublishedEvents",
    "PublishedProportion",
    "RankSum",
    "Repair",
    "Reported",
    "Sensitivity",
    "SignedRank",
    "SmallestDetectable",
    "Sources",
    "Spec",
    "StandardizedDifference",
    "Structure",
    "Study",
    "TableSpec",
    "Text",
    "Transitions",
    "Variable",
    "Visit",
    "VisitName",
    "Windows",
]


class Repair(Model):
    """A candidate correction of a fact, and the finding that motivates it."""

    id: Name
    fact: Name
    printed: Text
    because: Text


class Spec(Model):
    """
    A named, consistent subset of facts and repairs.

    `like` takes over what another spec drops and replaces; `steps` says on which
    lattice a variable is recorded where this differs from the study's.
    """

    id: Name
    like: Name | None = None
    drop: tuple[Name, ...] = ()
    replace: dict[Name, Name] = {}
    steps: dict[Name, Annotated[float, Field(gt=0)]] = {}
    reason: Text


class EnsemblePlan(Model):
    """
    What is drawn to say which values were attainable.

    The first of `specs` is the one that verdicts on printed numbers name first, the
    first of `laws` the one whose quantiles are shown. `dependence` are rank
    correlations that are forced upon columns within groups, for the tests that see
    two or more columns.
    """

    specs: tuple[Name, ...] = Field(min_length=1)
    laws: tuple[Literal["uniform", "gamma", "lognormal"], ...] = ("uniform",)
    dependence: tuple[Annotated[float, Field(ge=-1, le=1)], ...] = ()


class Claim(Model):
    """A conclusion of the source and the facts that it rests on."""

    id: Name
    says: Text
    place: str = ""
    rests_on: tuple[Name, ...] = Field(min_length=1)


class TableSpec(Model):
    """
    A table of the source, rebuilt from its facts.

    `outcomes` and `analyses` narrow a place that prints more than one table's worth.
    `show` says what stands in it: the numbers as printed, laid out as in the source, or
    each of them beside what was attainable.
    """

    id: Name
    title: Text
    place: Text
    outcomes: tuple[Name, ...] = ()
    analyses: tuple[Name, ...] = ()
    show: Literal["printed", "attainable"] = "printed"


class Privacy(Model):
    """Suppression of small cells; on by default for observed cohorts."""

    min_cell: int = Field(default=5, ge=0)


class Draw(Model):
    """
    Draw one patient-level cohort from a spec, where no cohort is public.

    `drugs` are given to everyone from the first day on. `adverse_events` are terms
    that the source names without a count: of each, any number of patients from one
    to all is drawn with the same probability.
    """

    spec: Name
    cohort: Name = "drawn"
    drugs: tuple[Text, ...] = ()
    adverse_events: tuple[Text, ...] = ()


class Study(Model):
    """One study: everything that is known about it outside its data."""

    study: Name
    title: Text
    citation: Name
    compare_with: Name | None = None
    sources: Sources = Sources()
    cohorts: tuple[Cohort, ...] = ()
    pooling: Pooling | None = None
    visits: dict[VisitName, Visit] = {}
    windows: Windows = Windows()
    exclusions: tuple[Exclusion, ...] = ()
    imputation: Imputation | None = None
    variables: dict[Name, Variable] = {}
    populations: dict[Name, Population] = {"patients": Population(unit="patient")}
    groups: Groups | None = None
    families: dict[Name, Family] = {}
    analyses: tuple[Analysis, ...] = ()
    structure: Structure = Structure()
    repairs: tuple[Repair, ...] = ()
    specs: tuple[Spec, ...] = ()
    claims: tuple[Claim, ...] = ()
    tables: tuple[Name | TableSpec, ...] = ()
    figures: tuple[Name, ...] = ()
    privacy: Privacy | None = None
    draw: Draw | None = None
    ensemble: EnsemblePlan | None = None
    sensitivity: Sensitivity | None = None
    reporting: dict[StrobeItem, Reported] = {}

    def model_post_init(self, context: Any, /) -> None:
        """Hand the structure what the study declares elsewhere."""
        merges = dict(self.structure.merges)
        if self.groups is not None:
            merges = {**self.groups.merges, **merges}
        structure = self.structure.model_copy(
            update={
                "merges": merges,
                "groups": self.structure.groups or self.groups,
                "variables": {**self.variables, **self.structure.variables},
                "populations": {**self.populations, **self.structure.populations},
                "analyses": self.structure.analyses or self.analyses,
                "families": {**self.families, **self.structure.families},
            }
        )
        object.__setattr__(self, "structure", structure)

    @property
    def has_cohort(self) -> bool:
        """Whether patient-level tables flow through this study."""
        there = self.sources.cohort is not None or self.draw is not None
        return there or bool(self.cohorts)

    @property
    def cohort_kind(self) -> str:
        """Kind of its cohort: ``observed``, ``published_cases`` or ``drawn``."""
        if self.sources.cohort is not None:
            return self.sources.cohort_kind
        kinds = {cohort.cohort_kind for cohort in self.cohorts}
        if kinds:
            return "observed" if "observed" in kinds else kinds.pop()
        return "drawn" if self.draw is not None else "published_summary"
