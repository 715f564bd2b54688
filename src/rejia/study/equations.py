"""Declared equations: ``total = 2 * joints[hip] + 2 * joints[knee]``."""

import re
from dataclasses import dataclass
from fractions import Fraction

from rejia.errors import DefinitionError

_TERM = re.compile(
    r"\s*(?P<sign>[-+])?\s*(?:(?P<factor>\d+(?:\.\d+)?)\s*\*\s*)?"
    r"(?P<name>[A-Za-z][\w>]*)(?:\[(?P<component>[\w>]+)\])?\s*"
)


@dataclass(frozen=True, slots=True)
class Term:
    """
    One summand.

    Attributes
    ----------
    name, component : str
        Outcome (or level, in a flow) and its component.
    weight : Fraction
        Its factor.
    """

    name: str
    component: str
    weight: Fraction


@dataclass(frozen=True, slots=True)
class Equation:
    """
    A term and the sum that it equals.

    Attributes
    ----------
    left : Term
        The total.
    right : tuple of Term
        The parts.
    """

    left: Term
    right: tuple[Term, ...]


def read_equation(text: str) -> Equation:
    """
    Read a declared equation.

    Parameters
    ----------
    text : str
        ``name = sum``; a summand is a name, with ``[component]`` and a factor
        ``2 *`` where it needs them.

    Returns
    -------
    Equation

    Raises
    ------
    DefinitionError
        If the text is not of this form.

    Examples
    --------
    >>> equation = read_equation("age_start = age_onset + 2 * scores[hip]")
    >>> [(t.name, t.component, int(t.weight)) for t in equation.right]
    [('age_onset', '', 1), ('scores', 'hip', 2)]
    """
    left, equals, right = text.partition("=")
    terms = _terms(left) if equals else None
    parts = _terms(right) if equals else None
    if not terms or not parts or len(terms) != 1 or terms[0].weight != 1:
        raise DefinitionError(
            "an identity of the structure cannot be read:",
            [f"{text!r} is not of the form total = part + 2 * part[component]"],
        )
    return Equation(terms[0], tuple(parts))


def _terms(text: str) -> list[Term]:
    terms: list[Term] = []
    place = 0
    while place < len(text):
        match = _TERM.match(text, place)
        if match is None or (terms and not match["sign"]):
            return []
        weight = Fraction(match["factor"] or 1)
        terms.append(
            Term(
                match["name"],
                match["component"] or "",
                -weight if match["sign"] == "-" else weight,
            )
        )
        place = match.end()
    return terms
