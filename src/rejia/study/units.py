"""Units of measurements: which are the same kind, and which values are plausible."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import as_file, files
from typing import Literal

from rejia.frame import read_rows
from rejia.study.variables import Variable

What = Literal["value", "upper_limit", "detection_limit"]


@cache
def unit_rules(name: str) -> tuple[Mapping[str, str], ...]:
    """
    Read a rule file about units; every row cites its ``source``.

    Parameters
    ----------
    name : str
        ``units.csv`` or ``plausible_units.csv`` in ``rejia/study/data``.
    """
    with as_file(files("rejia.study").joinpath("data", name)) as path:
        header, rows = read_rows(path, delimiter=",")
    return tuple(dict(zip(header, row, strict=True)) for row in rows)


@cache
def _units() -> dict[str, tuple[str, Fraction]]:
    return {
        row["unit"]: (row["canonical"], Fraction(row["factor"]))
        for row in unit_rules("units.csv")
    }


def canonical_unit(unit: str) -> tuple[str, Fraction]:
    """
    Return the canonical unit of a kind, and what to multiply by to reach it.

    Parameters
    ----------
    unit : str
        As recorded.

    Returns
    -------
    canonical : str
        Empty where the unit is unknown.
    factor : Fraction
        1 where the unit is unknown.

    Examples
    --------
    >>> canonical_unit("mg/dL")
    ('mg/L', Fraction(10, 1))
    """
    return _units().get(unit, ("", Fraction(1)))


def conversion(unit: str, to: str) -> Fraction | None:
    """
    Return what to multiply a value by to express it in another unit.

    Parameters
    ----------
    unit, to : str
        Known units of one kind.

    Returns
    -------
    Fraction or None
        None where a unit is unknown, or they measure different things.

    Examples
    --------
    >>> conversion("cells/mm3", "10^3/mm3")
    Fraction(1, 1000)
    """
    here, factor = canonical_unit(unit)
    there, other = canonical_unit(to)
    return factor / other if here and here == there else None


def declared_factor(variable: Variable, unit: str) -> Fraction | None:
    """
    Return what a study multiplies values in a unit by, exact as it is written.

    Parameters
    ----------
    variable : Variable
        With its ``unit`` and ``units``.
    unit : str
        As recorded.

    Returns
    -------
    Fraction or None
        1 for the variable's own unit; None for a unit that it does not declare.
    """
    if unit == variable.unit:
        return Fraction(1)
    factor = variable.units.get(unit)
    return None if factor is None else Fraction(repr(float(factor)))


@dataclass(frozen=True, slots=True)
class Plausible:
    """Range of a quantity in its unit; zero is the same in every unit."""

    quantity: str
    unit: str
    what: What
    low: Fraction
    high: Fraction

    def holds(self, found: Fraction) -> bool:
        """Say whether a value says nothing against its unit."""
        return found == 0 or self.low <= found <= self.high


def plausible_ranges(name: str, variable: Variable) -> tuple[Plausible, ...]:
    """
    Return the plausible ranges of a variable.

    Parameters
    ----------
    name : str
        Name of the variable; its declared ``quantity`` wins.
    variable : Variable
        Definition.

    Returns
    -------
    tuple of Plausible
        Empty where the quantity is not known.
    """
    wanted = variable.quantity or name
    return tuple(
        Plausible(
            row["quantity"],
            row["unit"],
            _WHATS[row["what"]],
            Fraction(row["low"]),
            Fraction(row["high"]),
        )
        for row in unit_rules("plausible_units.csv")
        if wanted == row["quantity"] or wanted in row["names"].split(";")
    )


_WHATS: dict[str, What] = {
    "value": "value",
    "upper_limit": "upper_limit",
    "detection_limit": "detection_limit",
}


def quantities() -> tuple[str, ...]:
    """Return the quantities whose plausible range is known."""
    rows = unit_rules("plausible_units.csv")
    return tuple(dict.fromkeys(row["quantity"] for row in rows))


def other_units(unit: str) -> tuple[str, ...]:
    """Return the units of the same kind that differ by a factor, one a factor."""
    found: dict[Fraction, str] = {}
    for other in _units():
        factor = conversion(other, unit)
        if factor is not None and factor != 1:
            found.setdefault(factor, other)
    return tuple(found.values())


def unit_definition_faults(variable: Variable) -> list[str]:
    """
    Say what is wrong with the conversions that a variable declares.

    Parameters
    ----------
    variable : Variable
        With ``units``: unit to factor.

    Returns
    -------
    list of str
        A factor that is not the known one, and the variable's own unit among them.
    """
    faults = []
    for unit in variable.units:
        known, declared = (
            conversion(unit, variable.unit),
            declared_factor(variable, unit),
        )
        if unit == variable.unit:
            faults.append(f"units: {unit} is the variable's own unit; drop it")
        elif known is not None and known != declared:
            faults.append(
                f"units: {variable.units[unit]:g} is not the factor from {unit} to "
                f"{variable.unit} (known: {float(known):g})"
            )
    if variable.quantity is not None and variable.quantity not in quantities():
        listed = ", ".join(quantities())
        faults.append(f"quantity: no {variable.quantity!r} (known: {listed})")
    return faults
