"""Released tables as records, and which finding touches which fact."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan, nan

import pandas as pd

from rejia.estimate import FACT_KEY_FIELDS
from rejia.present.format import Part, Quantity
from rejia.present.model import SEVERITY
from rejia.printed import parse
from rejia.study.schema import Study

Released = Mapping[str, pd.DataFrame]
Record = dict[str, str]

COUNTED = ("n", "n_of", "denominator", "percent")


@dataclass(frozen=True, slots=True)
class Fact:
    """
    A printed number with what became of it.

    Attributes
    ----------
    key : dict of str to str
        Every text column of the comparison.
    computed, distance, low, high : float
        Recomputed value, how far it is, and what the printed text stands for.
    """

    key: Record
    computed: float = nan
    distance: float = nan
    low: float = nan
    high: float = nan

    def __getitem__(self, name: str) -> str:
        return self.key.get(name, "")

    @property
    def id(self) -> str:
        """Identifier."""
        return self.key["fact"]

    @property
    def printed(self) -> str:
        """Text as printed."""
        return self.key["printed"]

    @property
    def key_fields(self) -> tuple[str, ...]:
        """Key without study, cohort and scenario."""
        return tuple(self[name] for name in FACT_KEY_FIELDS)

    @property
    def recomputed(self) -> Part:
        """Recomputed value with as many digits as were printed."""
        if self["statistic"] == "p_value":
            return Quantity(self.computed, "p", max(3, parse(self.printed).decimals))
        return Quantity(self.computed, "fixed", parse(self.printed).decimals)


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One row of the audit.

    Attributes
    ----------
    row : dict of str to str
        Text columns.
    facts : tuple of str
        Facts that it reads.
    low, high, power : float
        What the other facts allow; share of printable values refused.
    """

    row: Record
    facts: tuple[str, ...]
    low: float = nan
    high: float = nan
    power: float = nan

    def __getitem__(self, name: str) -> str:
        return self.row.get(name, "")

    @property
    def id(self) -> str:
        """Identifier."""
        return self.row["id"]

    @property
    def verdict(self) -> str:
        """Verdict."""
        return self.row["verdict"]

    @property
    def strength(self) -> float:
        """Power, 0 where it is unknown."""
        return 0.0 if isnan(self.power) else self.power


@dataclass(frozen=True)
class Evidence:
    """
    Facts and findings of a study, joined.

    Attributes
    ----------
    facts : dict of str to Fact
        In the order of the comparison.
    findings : dict of str to Finding
        In the order of the audit.
    touching : dict of str to tuple of Finding
        Findings by fact.
    """

    facts: dict[str, Fact]
    findings: dict[str, Finding]
    touching: dict[str, tuple[Finding, ...]] = field(default_factory=dict)

    def worst(self, facts: Iterable[str]) -> tuple[str, str]:
        """
        Return the worst verdict among facts and the finding that gave it.

        Parameters
        ----------
        facts : iterable of str
            Identifiers.

        Returns
        -------
        verdict, finding : str
            Both empty where no rule touches the facts; among equal verdicts the
            finding that would have refused most.
        """
        found = [finding for fact in facts for finding in self.accusing(fact)]
        if not found:
            return "", ""
        worst = min(found, key=lambda f: (severity(f.verdict), -f.strength))
        return worst.verdict, worst.id

    def accusing(self, fact: str) -> list[Finding]:
        """Return the findings that say something of a fact itself."""
        return [
            finding
            for finding in self.touching.get(fact, ())
            if not self._only_weighs(fact, finding)
        ]

    def ordered(self) -> list[Finding]:
        """Return the findings, worst first, otherwise in their order."""
        return sorted(self.findings.values(), key=lambda f: severity(f.verdict))

    def _only_weighs(self, fact: str, finding: Finding) -> bool:
        """
        Say whether a fact is but the size of a group in a check of other numbers.

        A group size that weights means takes no part in what these contradict; it
        is coloured by the checks of counts alone.
        """
        accuses = finding.verdict in {"inconsistent", "consistent_by_rounding"}
        if not accuses or fact not in self.facts:
            return False
        if self.facts[fact]["statistic"] not in COUNTED:
            return False
        return any(
            self.facts[name]["statistic"] not in COUNTED
            for name in finding.facts
            if name in self.facts
        )


def severity(verdict: str) -> int:
    """Return the rank of a verdict, 0 for the worst."""
    return SEVERITY.index(verdict) if verdict in SEVERITY else len(SEVERITY)


def read_evidence(released: Released) -> Evidence:
    """
    Join the comparison and the audit of a study.

    Parameters
    ----------
    released : mapping of str to pandas.DataFrame
        ``comparison.tsv`` and ``audit.tsv``, where they exist.

    Returns
    -------
    Evidence
    """
    facts = {
        row["fact"]: Fact(
            key=row,
            computed=number(row, "computed"),
            distance=number(row, "distance"),
            low=number(row, "low"),
            high=number(row, "high"),
        )
        for row in records(released, "comparison.tsv")
    }
    findings = {
        row["id"]: Finding(
            row=row,
            facts=tuple(name for name in row["facts"].split(";") if name),
            low=number(row, "low"),
            high=number(row, "high"),
            power=number(row, "power"),
        )
        for row in records(released, "audit.tsv")
    }
    touching: dict[str, tuple[Finding, ...]] = {}
    for finding in findings.values():
        for fact in finding.facts:
            touching[fact] = (*touching.get(fact, ()), finding)
    return Evidence(facts=facts, findings=findings, touching=touching)


def records(released: Released, name: str) -> list[Record]:
    """
    Return a released table as records of text.

    Parameters
    ----------
    released : mapping of str to pandas.DataFrame
        Tables by file name.
    name : str
        ``results.tsv``.

    Returns
    -------
    list of dict
        Empty cells are ``""``; numbers are their shortest text (see `number`).
    """
    frame = released.get(name)
    if frame is None:
        return []
    # Every table and figure asks for the same frames: they are turned once.
    if "records" not in frame.attrs:
        names = [str(column) for column in frame.columns]
        columns: list[Sequence[object]] = [frame[column].tolist() for column in names]
        frame.attrs["records"] = [
            {name: _text(value) for name, value in zip(names, row, strict=True)}
            for row in zip(*columns, strict=True)
        ]
    made: list[Record] = frame.attrs["records"]
    return made


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if isnan(value) else repr(value)
    return str(value)


def number(row: Record, name: str) -> float:
    """Return a number of a record, `nan` where the cell is empty or absent."""
    text = row.get(name, "")
    return float(text) if text else nan


def drawn(released: Released) -> bool:
    """Say whether any result stands on a drawn cohort."""
    return any(
        row.get("cohort_kind") == "drawn" for row in records(released, "results.tsv")
    )


def printed_beside(study: Study) -> str:
    """
    Return the study whose printed numbers stand beside those of a cohort.

    Parameters
    ----------
    study : Study
        With ``compare_with``, or without.

    Returns
    -------
    str
        Nothing where the printed numbers are the study's own, or there are none.
    """
    return "" if study.sources.facts is not None else study.compare_with or ""
