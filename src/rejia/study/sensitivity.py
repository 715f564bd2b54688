"""Declared sensitivity of results to how patients are grouped and followed."""

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from rejia.study.base import Model, Name
from rejia.study.variables import SmallestDetectable

# Units of a duration, and how many of each make a year.
YEARS = {
    "years": Fraction(1),
    "months": Fraction(12),
    "weeks": Fraction(1461, 28),
    "days": Fraction(1461, 4),
}
Threshold = Annotated[float, Field(ge=0)]


class Exchange(Model):
    """
    What exchanging the two visits within patients alone would give.

    `draws` arrangements are drawn where there are more of them. With ``visits`` all
    values of a patient that have a visit are exchanged together; with ``outcome``
    only those that make the groups, so that all else keeps its visit.
    """

    draws: int = Field(default=10_000, ge=100)
    of: tuple[Literal["visits", "outcome"], ...] = Field(
        default=("visits",), min_length=1
    )


class PerYear(Model):
    """Change of outcomes per year of `duration`, and `duration` as covariate."""

    outcomes: tuple[Name, ...] = Field(min_length=1)
    duration: Name


class Sensitivity(Model):
    """
    What else a study is computed under; each is a scenario of the multiverse.

    Attributes
    ----------
    thresholds : tuple of float
        Thresholds of the grouping: scenarios ``threshold:2``.
    sdc : SmallestDetectable or None
        The smallest detectable change as threshold: scenario
        ``sdc:k_2_level_0.95``.
    exchange : Exchange or None
        Regression to the mean: scenarios ``exchange:visits``, ``exchange:outcome``.
    per_year : PerYear or None
        Follow-up of unequal length: scenarios ``per_year``, ``adjusted:<duration>``.
    """

    thresholds: tuple[Threshold, ...] = ()
    sdc: SmallestDetectable | None = None
    exchange: Exchange | None = None
    per_year: PerYear | None = None
