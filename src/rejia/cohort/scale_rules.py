"""Numbers on the scale of their variable: its recorded step and its range."""

from collections.abc import Iterator
from fractions import Fraction
from math import isfinite, isnan

from rejia.frame import Fault
from rejia.study import Study, Variable
from rejia.study.units import declared_factor


def scale_faults(
    study: Study,
    column: str,
    name: str,
    value: object,
    *,
    comparator: str = "",
    recorded: str = "",
) -> Iterator[Fault]:
    """
    Give what is wrong with a number on its scale.

    Parameters
    ----------
    study : Study
        Declares the variable's step, least and largest value.
    column, name : str
        Column that holds the number, and its variable.
    value : object
        Number in the unit of the study; nothing is said of anything else.
    comparator : str
        ``<``, ``>`` and so on, of a limit of detection.
    recorded : str
        Unit of the source, where the number was converted.

    Yields
    ------
    Fault
        Its line is the caller's. Found is the number as the source has it.
    """
    variable = study.variables[name]
    if not isinstance(value, float) or isnan(value):
        return
    found = f"{comparator}{_as_recorded(value, variable, recorded)}"
    # A limit of detection is the laboratory's, and need not lie among the values.
    if not comparator and _is_off(value, variable.step):
        what = f"is no whole multiple of the step of {name}"
        yield Fault(0, column, found, what, _finer(value, variable, name))
    low, high = variable.min, variable.max
    if (low is not None and value < low) or (high is not None and value > high):
        ends = (
            "" if low is None else f"from {low:.12g}",
            "" if high is None else f"to {high:.12g}",
            variable.unit,
        )
        allowed = " ".join(part for part in ends if part)
        mend = f"{allowed}; where it is right, widen min or max of {name} in the study"
        yield Fault(0, column, found, f"is out of range of {name}", mend)


def _as_recorded(value: float, variable: Variable, recorded: str) -> str:
    factor = declared_factor(variable, recorded) if recorded else None
    if factor is None or not isfinite(value):
        return f"{value:.12g}"
    return f"{float(Fraction(repr(value)) / factor):.12g} {recorded}"


def _is_off(value: float, step: float | None) -> bool:
    if step is None or not isfinite(value):
        return False
    units = value / step
    # A number beyond all doubles is out of range, not off its step.
    return isfinite(units) and abs(units - round(units)) > 1e-6


def _finer(value: float, variable: Variable, name: str) -> str:
    """Return the step, and the one that would hold the value in the study's unit."""
    # The largest 1, 0.1, 0.01 and so on of which the number, as written, is a multiple.
    finest = next((k for k in range(13) if not _is_off(value, 10.0**-k)), 12)
    unit = f" {variable.unit}" if variable.unit else ""
    return (
        f"step: {variable.step:.12g}{unit}; where it is right, declare a finer step of "
        f"{name} in the study (this value fits {10.0**-finest:.12g})"
    )
