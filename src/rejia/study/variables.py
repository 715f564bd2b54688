"""What is measured, in which rows, and how patients are grouped by its change."""

from typing import Literal

from pydantic import Field

from rejia.study.base import GroupLabel, Model, Name, Text, VisitName


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
