"""Who is not analysed: declared rules, applied in their order."""

from typing import Literal

from rejia.study.base import Model, Name, Text, VisitName


class Exclusion(Model):
    """
    A reason not to analyse a patient.

    Attributes
    ----------
    id, label : str
        Its name, and its words in the flow chart.
    rule : str
        ``missing_visit``: one of `visits` is not there; ``missing_value``: no value
        of `of`, at one of `visits` where it is measured at visits; ``outside``: a
        value of `of` below `min` or above `max`; ``not_in``: a value of `of` that is
        none of `levels`.
    of : str or None
        Variable, or total of a score.
    visits : tuple of str
        Where it is looked at.
    min, max : float or None
        Both ends are inside.
    levels : tuple of str
        Who is kept.
    if_missing : str
        What a patient without the value is under ``outside`` and ``not_in``.
    """

    id: Name
    label: Text
    rule: Literal["missing_visit", "missing_value", "outside", "not_in"]
    of: Name | None = None
    visits: tuple[VisitName, ...] = ()
    min: float | None = None
    max: float | None = None
    levels: tuple[Text, ...] = ()
    if_missing: Literal["kept", "excluded"] = "kept"
