"""Sums: a part that is withheld alone follows from its total, and the reverse."""

from collections.abc import Iterator, Sequence

from rejia.disclosure.reading import EVERYONE, TOTALS, Block, Reading, Row, number
from rejia.study import Study
from rejia.study.equations import read_equation

# Blocks of which one is the sum of the others, the sum first.
Sum = tuple[Block, ...]


def with_partners(
    study: Study,
    reading: Reading,
    means: Sequence[Row],
    small: set[Block],
    withheld: set[Block],
) -> set[Block]:
    """
    Withhold a second term wherever one term of a sum is withheld alone.

    Parameters
    ----------
    study : Study
        With its declared equations.
    reading : Reading
        Of its rows.
    means : sequence of mapping
        Rows whose means add up as their values do.
    small : set of Block
        Withheld for their counts.
    withheld : set of Block
        Whose means are withheld for another reason.

    Returns
    -------
    set of Block
        `small` and the partners: the shown part with the largest mean, which hides
        most; where no part is shown, the total.
    """
    there: dict[Block, float] = {}
    for row in means:
        if row["group"] in {"", EVERYONE} and row["scenario"] == "primary":
            there[reading.block(row)] = number(row["estimate"])
    sums = [s for s in _sums(study, reading, there) if len(s) > 1]
    found = set(small)
    while True:
        added = False
        for total in sums:
            hidden = [b for b in total if b in found or b in withheld]
            if len(hidden) != 1:
                continue
            shown = [block for block in total[1:] if block not in hidden]
            best = max(shown, key=lambda block: (there[block], block), default=total[0])
            found.add(best)
            added = True
        if not added:
            return found


def _sums(study: Study, reading: Reading, there: dict[Block, float]) -> Iterator[Sum]:
    """Give the sums of which all terms have a mean: declared ones, and of scores."""
    places = dict.fromkeys((block[2], block[3]) for block in there)
    for text in study.structure.identities:
        equation = read_equation(text)
        for place in places:
            terms = [
                _at(study, reading, term.name, term.component, place)
                for term in (equation.left, *equation.right)
            ]
            if all(term in there for term in terms):
                yield tuple(dict.fromkeys(terms))
    parts: dict[Block, list[Block]] = {}
    for block in there:
        if block[1]:
            parts.setdefault((block[0], "", *block[2:]), []).append(block)
    for whole, blocks in parts.items():
        for ending in ("", *TOTALS):
            total = (whole[0] + ending, *whole[1:])
            if total in there and len(blocks) > 1:
                yield (total, *blocks)


def _at(
    study: Study, reading: Reading, name: str, component: str, place: tuple[str, str]
) -> Block:
    """Return the block of a term; a variable of patients has no visit."""
    variable = study.variables.get(name)
    if variable is not None and variable.per == "patient":
        place = ("", "")
    return (reading.indicators.get(name, name), component, *place, "")
