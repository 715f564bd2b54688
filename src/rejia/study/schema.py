"""The closed schema of a study: frozen models, no key outside them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
GroupLabel = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_+]*$")]
VisitName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Text = Annotated[str, StringConstraints(min_length=1)]


class Model(BaseModel):
    """Frozen, closed: an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Sources(Model):
    """Input files, relative to the project's ``data`` folder."""

    facts: Text | None = None
    cohort: Text | None = None
    cohort_kind: Literal["observed", "published_cases"] = "observed"


class Visit(Model):
    """A visit; `month` is its nominal time since the first dose."""

    label: Text
    month: float | None = None


class Variable(Model):
    """
    A variable: measured, derived from another, or made by an instrument.

    `step` is the recorded lattice, `worse` the direction of harm. `indicator_of`
    with `level` makes 1 and 0 of a category. An `instrument` reads `from` (one
    variable) or `of` (several). `population` is the one that analyses take where
    they name none: hands for a score of each hand.
    """

    label: Text
    unit: str = ""
    step: float | None = Field(default=None, gt=0)
    min: float | None = None
    max: float | None = None
    per: Literal["patient", "visit"] = "visit"
    worse: Literal["high", "low"] | None = None
    levels: tuple[Text, ...] = ()
    indicator_of: Name | None = None
    level: Text | None = None
    instrument: Name | None = None
    layout: Name | None = None
    source: Name | None = Field(default=None, alias="from")
    of: dict[Name, Name] | tuple[Name, ...] = ()
    course: Name | None = None
    cutoffs: tuple[Name, ...] = ()
    versions: tuple[Name, ...] = ()
    baseline: VisitName | None = None
    population: Name | None = None


class Population(Model):
    """
    Rows of an analysis; `size` is the number that the source declares.

    Where each patient of population `of` has several rows, `rows` is how many, and
    `each` how many of them belong to one component (2: right and left).
    """

    unit: Literal["patient", "hand", "hip", "joint"]
    label: str = ""
    size: int | None = Field(default=None, ge=1)
    of: Name | None = None
    rows: int = Field(default=1, ge=1)
    each: int = Field(default=1, ge=1)


class GroupLabels(Model):
    """Labels of the three classes of change."""

    improved: GroupLabel
    unchanged: GroupLabel
    worsened: GroupLabel


class Groups(Model):
    """Grouping of patients by the change of one outcome."""

    outcome: Name
    start: VisitName = Field(alias="from")
    end: VisitName = Field(alias="to")
    threshold: float = Field(default=0, ge=0)
    labels: GroupLabels
    merges: dict[GroupLabel, tuple[GroupLabel, ...]] = {}


class Family(Model):
    """
    Tests that are adjusted together; `m` counts the plan.

    With `per`, each value of those key fields is a family of its own: three
    contrasts of each outcome at each visit are `m: 3, per: [outcome, visit]`.
    """

    m: int = Field(ge=1)
    per: tuple[Literal["analysis", "outcome", "term", "component", "visit"], ...] = ()
    method: Literal["none", "bonferroni", "holm", "benjamini_hochberg"]


Convention = Literal[
    "spss-16-npar",
    "sas-9.3-npar1way",
    "sas-9.3-univariate",
    "r-4.5",
    "r-4.6",
    "scipy-1.17",
]


class _Analysis(Model):
    """What every analysis has."""

    id: Name
    population: Name | None = None


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


Analysis = Annotated[
    Describe
    | CaseValues
    | PublishedProportion
    | SignedRank
    | RankSum
    | Logistic
    | Correlation
    | Agreement
    | ChangeCounts
    | Transitions
    | Positives,
    Field(discriminator="test"),
]


class Structure(Model):
    """
    What the printed numbers of a source have to do with each other.

    Attributes
    ----------
    partitions : tuple of tuple of str
        Group labels that together are everyone, without overlap.
    merges : dict
        Label of a union of groups; taken over from the study's groups.
    identities : tuple of str
        Equations between variables of one patient:
        ``age_start = age_onset + disease_duration``.
    denominators : dict
        Denominator of percentages, by analysis, outcome or population.
    confidence : float
        Level of printed confidence intervals.
    exhaustive : dict
        Levels of an outcome or analysis that do not overlap and together are
        everyone who has a value.
    complete : tuple of str
        Populations, outcomes or analyses of which no value is missing, so that a
        printed group size is the number of values of each summary.
    flows : tuple of str
        Equations between counts of a flow chart, by level:
        ``analysed = treated - missing_radiographs``.
    groups : Groups or None
        Grouping of patients; taken over from the study.
    variables : dict
        Scales and steps; taken over from the study.
    populations : dict
        Row units and sizes; taken over from the study.
    """

    partitions: tuple[tuple[GroupLabel, ...], ...] = ()
    merges: dict[GroupLabel, tuple[GroupLabel, ...]] = {}
    identities: tuple[Text, ...] = ()
    denominators: dict[Name, int] = {}
    confidence: float = Field(default=0.95, gt=0, lt=1)
    exhaustive: dict[Name, tuple[Text, ...]] = {}
    complete: tuple[Name, ...] = ()
    flows: tuple[Text, ...] = ()
    groups: Groups | None = None
    variables: dict[Name, Variable] = {}
    populations: dict[Name, Population] = {}


class Repair(Model):
    """A candidate correction of a fact, and the finding that motivates it."""

    id: Name
    fact: Name
    printed: Text
    because: Text


class Spec(Model):
    """A named, consistent subset of facts and repairs."""

    id: Name
    drop: tuple[Name, ...] = ()
    replace: dict[Name, Name] = {}
    reason: Text


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
    """

    id: Name
    title: Text
    place: Text
    outcomes: tuple[Name, ...] = ()
    analyses: tuple[Name, ...] = ()


class Privacy(Model):
    """Suppression of small cells; on by default for observed cohorts."""

    min_cell: int = Field(default=5, ge=0)


class Draw(Model):
    """Draw one patient-level cohort from a spec, where no cohort is public."""

    spec: Name
    cohort: Name = "drawn"


class Study(Model):
    """One study: everything that is known about it outside its data."""

    study: Name
    title: Text
    citation: Name
    compare_with: Name | None = None
    sources: Sources = Sources()
    visits: dict[VisitName, Visit] = {}
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
            }
        )
        object.__setattr__(self, "structure", structure)

    @property
    def has_cohort(self) -> bool:
        """Whether patient-level tables flow through this study."""
        return self.sources.cohort is not None or self.draw is not None

    @property
    def cohort_kind(self) -> str:
        """Kind of its cohort: ``observed``, ``published_cases`` or ``drawn``."""
        if self.sources.cohort is not None:
            return self.sources.cohort_kind
        return "drawn" if self.draw is not None else "published_summary"
