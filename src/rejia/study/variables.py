"""What is measured, in which rows, and how patients are grouped by its change."""

from typing import Annotated, Literal

from pydantic import Field

from rejia.study.base import GroupLabel, Model, Name, Text, VisitName


class Variable(Model):
    """
    A variable: measured, derived from another, or made by an instrument.

    `step` is the recorded lattice, `worse` the direction of harm. `indicator_of`
    with `level` makes 1 and 0 of a category. An `instrument` reads `from` (one
    variable) or `of` (several). `population` is the one that analyses take where
    they name none: hands for a score of each hand.

    `units` gives, for each other unit that rows may carry, what to multiply by to
    reach `unit`: ``{mg/dL: 10}`` where the unit is mg/L. `quantity` says what is
    measured where the name does not, for the plausible range of its unit;
    `unit_is_sure` turns that check off. `reference` is a file of standards, relative
    to the ``data`` folder; `drugs` adds names to those that an instrument knows as
    such that count, `other_drugs` to those that do not.
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
    units: dict[Text, Annotated[float, Field(gt=0)]] = {}
    quantity: Name | None = None
    unit_is_sure: bool = False
    reference: Text | None = None
    drugs: tuple[Text, ...] = ()
    other_drugs: tuple[Text, ...] = ()


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


class SmallestDetectable(Model):
    """
    The smallest detectable change (SDC) of the study's own readings.

    `k` readers make the score that is judged; `level` is that of the limits: 0.95,
    or, as some propose, 0.80.
    """

    k: int = Field(ge=1)
    level: float = Field(gt=0, lt=1)


class Groups(Model):
    """
    Grouping of patients by the change of one outcome.

    Attributes
    ----------
    outcome : str
        Variable, or total of a score; its `worse` is the direction of harm.
    start, end : str
        Visits of the change (``from``, ``to``).
    threshold : float
        Smaller changes are unchanged; 0 groups by the sign alone.
    sdc : SmallestDetectable or None
        Instead of `threshold`: the threshold that the study's readers give.
    boundary : str
        What a change of exactly the threshold is: ``unchanged``, or ``changed``.
    missing : str
        What a patient without a change is: in no group (``excluded``), or counted
        as ``unchanged`` or ``worsened``.
    labels, merges : GroupLabels, dict
        Labels of the three classes, and of unions of them.
    """

    outcome: Name
    start: VisitName = Field(alias="from")
    end: VisitName = Field(alias="to")
    threshold: float = Field(default=0, ge=0)
    sdc: SmallestDetectable | None = None
    boundary: Literal["unchanged", "changed"] = "unchanged"
    missing: Literal["excluded", "unchanged", "worsened"] = "excluded"
    labels: GroupLabels
    merges: dict[GroupLabel, tuple[GroupLabel, ...]] = {}
