"""Visits, and the windows of days by which a file without names of visits has them."""

from typing import Literal

from rejia.study.base import Model, Text

DAYS_A_MONTH = 365.25 / 12
Window = tuple[float, float]


class Visit(Model):
    """
    A visit.

    Attributes
    ----------
    label : str
        What it is called.
    month, day : float or None
        Its nominal time since the first dose; one of them.
    window : tuple of float or None
        First and last day of it, relative to its nominal time.
    days : tuple of float or None
        First and last day of it, since the first dose; instead of `window`.
    """

    label: Text
    month: float | None = None
    day: float | None = None
    window: Window | None = None
    days: Window | None = None

    @property
    def span(self) -> Window | None:
        """First and last day since the first dose; None without a window."""
        if self.days is not None:
            return self.days
        nominal = self._planned
        if self.window is None or nominal is None:
            return None
        return nominal + self.window[0], nominal + self.window[1]

    @property
    def nominal(self) -> float:
        """Day since the first dose that distances are from: planned, or the middle."""
        span, planned = self.span, self._planned
        if planned is None:
            return 0.0 if span is None else (span[0] + span[1]) / 2
        return planned

    @property
    def _planned(self) -> float | None:
        if self.day is not None:
            return self.day
        return None if self.month is None else self.month * DAYS_A_MONTH


class Windows(Model):
    """
    How days are made visits.

    Attributes
    ----------
    first_dose : str or None
        What dates are counted from: a column ``first_dose`` of the file, the first
        start of one of `drugs` among the treatments, or each patient's first date.
        Without it only days are read.
    drugs : tuple of str
        As the treatments name them.
    several : str
        Which of a patient's days in one window is the visit: that ``nearest`` to its
        nominal time, the ``earliest`` or the ``last``.
    tie : str
        Which of two that are equally near: ``earliest`` or ``last``.
    """

    first_dose: Literal["column", "treatments", "first_date"] | None = None
    drugs: tuple[Text, ...] = ()
    several: Literal["nearest", "earliest", "last"] = "nearest"
    tie: Literal["earliest", "last"] = "earliest"
