"""Columns of a wide sheet matched to what they hold, by name or by pattern."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rejia.cohort.grids import GridFault
from rejia.frame import nearest
from rejia.study import Study
from rejia.study.columns import FIRST_DOSE, IGNORED, OF_VISITS, ROW, measured, spelt_out
from rejia.study.sources import Holds, placeholders, split_pattern

UNIT = re.compile(r"(.*?)\s*\[(.*)\]")


@dataclass(frozen=True, slots=True)
class Target:
    """
    What one column of a file holds.

    Attributes
    ----------
    name : str
        The column.
    kind : str
        ``row``, ``patients``, ``visits``, ``measurements``, ``findings`` or
        ``ignored``.
    of : str
        Column, variable or finding.
    places : dict
        Site, side, visit, reader and reading that its name, or its map, says.
    unit : str
        Unit of a number.
    levels : dict
        Codes of the cells to levels.
    """

    name: str
    kind: str
    of: str
    places: dict[str, str] = field(default_factory=dict)
    unit: str = ""
    levels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pattern:
    """A column's name or pattern, and what it holds."""

    study: Study
    text: str
    holds: Holds

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern as an expression; what is declared of a place narrows it."""
        parts = split_pattern(self.text)
        made = []
        seen: set[str] = set()
        for index, part in enumerate(parts):
            if index % 2 == 0:
                made.append(re.escape(part))
            elif part in seen:
                made.append(f"(?P={part})")
            else:
                seen.add(part)
                made.append(f"(?P<{part}>{self._allowed(part)})")
        return re.compile("".join(made))

    def _allowed(self, place: str) -> str:
        sources = self.study.sources
        known: list[str] = {
            "visit": list(self.study.visits),
            "variable": measured(self.study),
            "side": ["left", "right"],
        }.get(place, [])
        if not known:
            return ".+?"
        words = sorted({*known, *sources.codes(place)}, key=lambda w: (-len(w), w))
        return "|".join(map(re.escape, words))

    def target(self, name: str) -> Target | None:
        """Return what a column holds, if this is its pattern."""
        found = self.compiled.fullmatch(name)
        if found is None:
            return None
        sources = self.study.sources
        places = {
            place: sources.translated(place, code)
            for place, code in found.groupdict().items()
            if place != "any"
        }
        holds = self.holds
        for place in ("site", "side", "visit", "reader", "reading"):
            said = getattr(holds, place)
            if said is not None:
                places[place] = said
        variable = places.pop("variable", holds.variable)
        finding = places.pop("finding", holds.finding)
        if variable is not None:
            return measurement(self.study, name, variable, places, holds)
        if finding is not None:
            return Target(name, "findings", finding, places, "", holds.levels)
        column = holds.column or IGNORED
        kind = (
            "ignored"
            if column in {IGNORED, FIRST_DOSE}
            else "row"
            if column in ROW
            else "visits"
            if column in OF_VISITS
            else "patients"
        )
        return Target(name, kind, column, places, holds.unit or "", holds.levels)


def measurement(
    study: Study,
    name: str,
    variable: str,
    places: dict[str, str],
    holds: Holds | None = None,
) -> Target:
    """Return the target of a measured variable, in its own unit unless it says one."""
    declared = study.variables[variable]
    unit = (holds.unit if holds is not None else None) or declared.unit
    levels = holds.levels if holds is not None else {}
    return Target(name, "measurements", variable, places, unit, levels)


def mapped(
    study: Study, header: Sequence[str]
) -> tuple[list[GridFault], list[GridFault], list[Target]]:
    """
    Match the columns of a file to the study's column map.

    Parameters
    ----------
    study : Study
        With ``sources: columns:``.
    header : sequence of str
        Columns of the file.

    Returns
    -------
    faults : list of GridFault
        Columns without a place in the map or with two, and a missing column of the
        patient.
    warnings : list of GridFault
        Names and patterns of the map that no column has.
    targets : list of Target
        One a matched column.
    """
    patterns = [
        Pattern(study, text, spelt_out(study, text, short))
        for text, short in study.sources.columns.items()
    ]
    faults: list[GridFault] = []
    targets: list[Target] = []
    used: set[str] = set()
    for name in header:
        # The fewer places a pattern leaves open, the more it says: a name that is
        # written out wins.
        fitting = [p for p in patterns if p.target(name) is not None]
        fewest = min((len(placeholders(p.text)) for p in fitting), default=0)
        fitting = [p for p in fitting if len(placeholders(p.text)) == fewest]
        used |= {p.text for p in fitting}
        if len(fitting) == 1:
            target = fitting[0].target(name)
            if target is not None:
                targets.append(target)
        elif fitting:
            both = " and ".join(repr(p.text) for p in fitting[:2])
            what = f"fits {both} of sources.columns"
            faults.append(GridFault(1, name, "", what, f"map {name!r} by its own name"))
        else:
            faults.append(_unmapped(name, patterns, header))
    if not any(t.kind == "row" and t.of == "patient" for t in targets):
        wanted = next(p.text for p in patterns if p.holds.column == "patient")
        hint = _hint(wanted, header)
        faults.append(GridFault(0, wanted, "", f"is missing{hint}", "the patient"))
        used.add(wanted)
    if not _tells_visits(study, targets):
        faults += [
            GridFault(
                1,
                t.name,
                "",
                "says nothing of its visit",
                "put {visit} into its pattern, give `visit:`, or map a column to visit",
            )
            for t in targets
            if t.kind in {"visits", "measurements", "findings"}
            and "visit" not in t.places
        ]
    warnings = [
        GridFault(0, p.text, "", "is in sources.columns, but no column fits it", "")
        for p in patterns
        if p.text not in used
    ]
    return faults, warnings, targets


def _tells_visits(study: Study, targets: Sequence[Target]) -> bool:
    """Say whether a row has its visit, or a day that windows make one."""
    if any(t.kind == "row" and t.of == "visit" for t in targets):
        return True
    has_windows = any(visit.span is not None for visit in study.visits.values())
    return has_windows and any(
        t.kind == "visits" and "visit" not in t.places for t in targets
    )


def _hint(name: str, known: Iterable[str]) -> str:
    """Return the nearest name; one that differs in capitals alone is the nearest."""
    known = list(known)
    alike = [other for other in known if other.lower() == name.lower()]
    return f"; did you mean {alike[0]!r}?" if alike else nearest(name, known)


def _unmapped(
    name: str, patterns: Sequence[Pattern], header: Sequence[str]
) -> GridFault:
    """Return the fault of a column that the map does not know."""
    absent = [p.text for p in patterns if not placeholders(p.text)]
    spelt = [
        made
        for pattern in patterns
        for made in _likely(pattern)
        if placeholders(pattern.text)
    ]
    hint = _hint(name, [n for n in [*absent, *spelt] if n not in header])
    what = f"is unknown: sources.columns has no place for it{hint}"
    return GridFault(1, name, "", what, f"rename it, or map it (`{name}: ignored`)")


def _likely(pattern: Pattern) -> Iterator[str]:
    """Give names that a pattern would fit, for the nearest one."""
    made = [""]
    for index, part in enumerate(split_pattern(pattern.text)):
        words: Iterable[str] = [part]
        if index % 2:
            allowed = pattern._allowed(part)
            words = ["x"] if allowed == ".+?" else allowed.split("|")
        made = [m + w for m in made for w in words]
        if len(made) > 2000:
            return
    yield from (m.replace("\\", "") for m in made)
