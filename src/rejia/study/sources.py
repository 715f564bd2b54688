"""Where the numbers of a study are read from, and how its files are written."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator
from pydantic_core import PydanticCustomError

from rejia.study.base import Model, Name, Text

PLACES = ("variable", "finding", "site", "side", "visit", "reader", "reading", "any")
# ``{joint}`` is what most people call a site.
_SYNONYMS = {"joint": "site"}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def _inside(text: str) -> str:
    """Refuse a path that leads out of the project's ``data`` folder."""
    parts = re.split(r"[/\\]", text)
    if text.startswith(("/", "\\", "~")) or ".." in parts or ":" in parts[0]:
        raise PydanticCustomError(
            "path", "must stay inside the folder data (no .., no absolute path)"
        )
    return text


InsidePath = Annotated[Text, AfterValidator(_inside)]


class Holds(Model):
    """
    What a column of a wide sheet holds.

    Attributes
    ----------
    column : str or None
        Column of the patients or the visits: ``sex``, ``birth_date``, ``date``; also
        ``patient``, ``visit``, ``reader``, ``reading`` of the row, and ``ignored``.
    variable, finding : str or None
        What was measured at a visit, or read in a joint.
    site, side, visit, reader, reading : str or None
        Where the column's name does not say it.
    unit : str or None
        Unit of the cells; the study's where none is given.
    levels : dict
        Codes of the cells to levels of the study: ``{"1": female, "2": male}``.
    """

    column: Name | None = None
    variable: Name | None = None
    finding: Name | None = None
    site: Text | None = None
    side: Text | None = None
    visit: Text | None = None
    reader: Text | None = None
    reading: Text | None = None
    unit: Text | None = None
    levels: dict[Text, Text] = {}


def placeholders(pattern: str) -> list[str]:
    """
    Return the places that a column pattern names, in their order.

    Examples
    --------
    >>> placeholders("larsen_{joint}_{side}_{visit}")
    ['site', 'side', 'visit']
    """
    return [_SYNONYMS.get(name, name) for name in _PLACEHOLDER.findall(pattern)]


def split_pattern(pattern: str) -> list[str]:
    """Return literal text and places of a pattern in turn, literal text first."""
    parts = _PLACEHOLDER.split(pattern)
    return [_SYNONYMS.get(p, p) if i % 2 else p for i, p in enumerate(parts)]


class Sources(Model):
    """
    Input files, relative to the project's ``data`` folder, and how they are written.

    Attributes
    ----------
    facts, cohort : str or None
        File of printed numbers; folder, workbook or single file of the patients.
    name, label : str or None
        What results, and what pages, call the cohort; without a name its study's.
    cohort_kind : str
        ``observed`` or ``published_cases``.
    decimal : str
        Decimal sign of numbers that are text; never guessed.
    dates : str or None
        Order of day, month and year; without it only ISO dates are read.
    encoding, delimiter : str or None
        Of text files; without them UTF-8, and the comma of CSV.
    missing : tuple of str
        Texts that stand for a missing value; without them only an empty cell does.
    sheet : str or None
        Sheet of a workbook that `columns` is about.
    columns : dict
        One wide sheet or file: a column's name, or a pattern such as
        ``larsen_{joint}_{side}_{visit}``, to what it holds.
    names : dict
        Codes in names and cells to those of the study, by place:
        ``{visit: {pre: baseline}, side: {r: right}}``.
    hash_identifiers : bool
        Whether patients are keyed hashes from the canonical tables on; the key is
        ``private/identifiers.key`` below ``data``.
    """

    facts: InsidePath | None = None
    cohort: InsidePath | None = None
    name: Name | None = None
    label: Text | None = None
    cohort_kind: Literal["observed", "published_cases"] = "observed"
    decimal: Literal[".", ","] = "."
    dates: Literal["dmy", "mdy", "ymd"] | None = None
    encoding: Literal["utf-8", "utf-16", "windows-1252", "iso-8859-15"] = "utf-8"
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    missing: tuple[Text, ...] = ()
    sheet: Text | None = None
    columns: dict[Text, Name | Holds] = {}
    names: dict[
        Literal["joint", "site", "side", "visit", "variable", "finding"],
        dict[Text, Text],
    ] = Field(default={})
    hash_identifiers: bool = False

    @field_validator("columns")
    @classmethod
    def _known_places(cls, columns: dict[str, Name | Holds]) -> dict[str, Name | Holds]:
        for pattern in columns:
            for place in placeholders(pattern):
                if place not in PLACES:
                    known = ", ".join(["joint", *PLACES])
                    raise PydanticCustomError(
                        "place",
                        "'{pattern}' has an unknown place '{place}' (known: {known})",
                        {"pattern": pattern, "place": place, "known": known},
                    )
        return columns

    def translated(self, place: str, text: str) -> str:
        """Return a code as the study calls it; an unknown one stays as it is."""
        names = dict(self.names.get("joint", {})) if place == "site" else {}
        names |= self.names.get(place, {})  # type: ignore[call-overload]
        return names.get(text, text)

    def codes(self, place: str) -> list[str]:
        """Return the codes that are declared for a place."""
        own = self.names.get("joint", {}) if place == "site" else {}
        return [*own, *self.names.get(place, {})]  # type: ignore[call-overload]
