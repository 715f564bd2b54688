"""How a journal writes numbers: presets, read from the file of words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import isnan
from typing import Any

from rejia.present.format import MISSING, Part, Quantity, format_p

SPREADS = ("brackets", "plus_minus")


@dataclass(frozen=True, slots=True)
class Style:
    """
    Conventions of one journal.

    Attributes
    ----------
    p_letter : str
        ``p`` or ``P``.
    p_two_decimals_from : float
        From here a p-value has two decimals, else three; 2 for three always. A p that
        two decimals would put on the level of significance keeps three.
    spread : str
        Of an SD: in ``brackets``, or behind ``plus_minus``.
    percent : str
        What stands behind a percentage.
    dash : str
        Between two limits that are both positive.
    marks : str
        Marks of footnotes, in their order.
    """

    p_letter: str = "p"
    p_two_decimals_from: float = 2.0
    spread: str = "brackets"
    percent: str = " %"
    dash: str = "–"
    marks: str = "*†‡§¶‖"

    def p(self, value: float, row: str = "") -> Quantity:
        """Return a p-value with the decimals of this style."""
        two = value >= self.p_two_decimals_from
        on_level = two and format_p(value, 2) == "0.05"
        return Quantity(value, "p", 2 if two and not on_level else 3, row)

    def mean_sd(self, mean: Quantity, sd: Quantity) -> tuple[Part, ...]:
        """Join a mean and its SD."""
        if isnan(mean.value):
            return (MISSING,)
        if isnan(sd.value):
            return (mean,)
        if self.spread == "plus_minus":
            return (mean, " ± ", sd)
        return (mean, " (", sd, ")")

    def span(self, low: Quantity, high: Quantity) -> tuple[Part, ...]:
        """Join two limits; with a negative one by words."""
        if isnan(low.value) or isnan(high.value):
            return (MISSING,)
        return (low, " to " if min(low.value, high.value) < 0 else self.dash, high)

    def mark(self, number: int) -> str:
        """Return the mark of the n-th footnote, from 0."""
        return self.marks[number % len(self.marks)] * (number // len(self.marks) + 1)


NEUTRAL = Style()


def read_styles(content: Any, faults: list[str]) -> dict[str, Style]:
    """
    Read the presets of the file of words.

    Parameters
    ----------
    content : object
        ``presets`` as parsed: by name, the fields that differ from the neutral style.
    faults : list of str
        Faults are added here.

    Returns
    -------
    dict of str to Style
        Always with ``neutral``.
    """
    if not isinstance(content, Mapping):
        faults.append("presets: must be a mapping of presets by name")
        return {"neutral": NEUTRAL}
    known = {field.name: type(getattr(NEUTRAL, field.name)) for field in fields(Style)}
    found = {"neutral": NEUTRAL}
    for name, entry in content.items():
        wrong = _wrong(entry, known)
        faults += [f"presets.{name}{fault}" for fault in wrong]
        if not wrong:
            found[str(name)] = Style(**entry)
    return found


def _wrong(entry: Any, known: Mapping[str, type]) -> Sequence[str]:
    if not isinstance(entry, Mapping):
        return [": must be a mapping"]
    out = [f".{key}: key is unknown" for key in entry if key not in known]
    out += [
        f".{key}: must be {known[key].__name__}, but got {value!r}"
        for key, value in entry.items()
        if key in known and not isinstance(value, known[key])
    ]
    if entry.get("spread", "brackets") not in SPREADS:
        out.append(f".spread: must be one of {', '.join(SPREADS)}")
    if entry.get("marks", "*") == "":
        out.append(".marks: must have a mark")
    return out
