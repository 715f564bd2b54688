"""What the report shows, as plain records ready for a template."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isinf, isnan

from rejia.present.evidence import Evidence, Fact, Finding, severity
from rejia.present.format import format_parts, format_significant, format_trimmed
from rejia.present.labels import Labels
from rejia.present.model import SEVERITY, SYMBOLS
from rejia.present.names import Names
from rejia.study.schema import Claim

NONE = "none"
REPRODUCTIONS = ("differs", "not_comparable", "absent", "agrees")


@dataclass(frozen=True, slots=True)
class Badge:
    """A verdict as a coloured word with its sign."""

    verdict: str
    symbol: str
    text: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class FactView:
    """A printed number in words."""

    id: str
    about: str
    statistic: str
    printed: str
    place: str
    badge: Badge
    reproduction: str
    computed: str
    row: str
    note: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim and what it rests on."""

    id: str
    says: str
    place: str
    badge: Badge
    counts: str
    facts: tuple[FactView, ...]


@dataclass(frozen=True, slots=True)
class FindingView:
    """A check in words."""

    id: str
    title: str
    rule: str
    verdict: str
    badge: Badge
    place: str
    printed: str
    allowed: str
    steps: tuple[str, ...]
    under: str
    evidence: str
    explanations: tuple[str, ...]
    repair: str
    power: str
    power_short: str
    facts: tuple[FactView, ...]


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """How many numbers of a place any check touches."""

    place: str
    facts: int
    touched: int
    share: str
    inconsistent: int


class Views:
    """
    Makes the records of a report.

    Parameters
    ----------
    names : Names
        Words for identifiers.
    evidence : Evidence
        Facts and findings.
    """

    def __init__(self, names: Names, evidence: Evidence) -> None:
        self.names = names
        self.labels: Labels = names.labels
        self.evidence = evidence
        self._facts = {fact.id: self._fact(fact) for fact in evidence.facts.values()}

    def badge(self, verdict: str, finding: str = "") -> Badge:
        """Return a verdict as a badge."""
        name = verdict or NONE
        return Badge(
            verdict=name,
            symbol=SYMBOLS.get(name, ""),
            text=self.labels.text(f"verdicts_short.{name}"),
            anchor=f"audit-{finding}" if finding else "",
        )

    def facts(self) -> list[FactView]:
        """Return every printed number, in the order of the source."""
        return list(self._facts.values())

    def _fact(self, fact: Fact) -> FactView:
        verdict, finding = self.evidence.worst([fact.id])
        return FactView(
            id=fact.id,
            about=self.names.about(fact.key),
            statistic=self.names.statistic(fact["statistic"]),
            printed=f"{fact.printed} {fact['unit']}".rstrip(),
            place=fact["place"],
            badge=self.badge(verdict, finding),
            reproduction=self.labels.text(f"reproductions.{fact['reproduction']}"),
            computed="" if isnan(fact.computed) else format_parts([fact.recomputed]),
            row=fact["row"],
            note=fact["note"],
        )

    def _named(self, names: Iterable[str]) -> tuple[FactView, ...]:
        return tuple(self._facts.get(name) or self._unknown(name) for name in names)

    def _unknown(self, name: str) -> FactView:
        return FactView(
            id=name,
            about=name,
            statistic="",
            printed="",
            place="",
            badge=self.badge(""),
            reproduction="",
            computed="",
            row="",
            note="",
            known=False,
        )

    def claim(self, claim: Claim) -> ClaimView:
        """Return a claim with its numbers and the worst of their verdicts."""
        facts = self._named(claim.rests_on)
        verdict, finding = self.evidence.worst(claim.rests_on)
        counted = Counter(fact.badge.verdict for fact in facts)
        ordered = sorted(counted, key=severity)
        parts = [self.labels.text("page.claims_count", n=len(facts))]
        parts += [
            self.labels.text(
                "page.more",
                verdict=self.labels.text(f"verdicts_short.{name}"),
                n=counted[name],
            )
            + "."
            for name in ordered
        ]
        reproduced = Counter(
            self.evidence.facts[name]["reproduction"]
            for name in claim.rests_on
            if name in self.evidence.facts
        )
        parts += [
            self.labels.text(
                "page.more",
                verdict=self.labels.text(f"summary.{name}"),
                n=reproduced[name],
            )
            + "."
            for name in ("agrees", "differs", "absent")
            if reproduced[name]
        ]
        return ClaimView(
            id=claim.id,
            says=claim.says,
            place=claim.place,
            badge=self.badge(verdict, finding),
            counts=" ".join(parts),
            facts=facts,
        )

    def findings(self) -> dict[str, list[FindingView]]:
        """Return the checks by verdict, worst first."""
        found: dict[str, list[FindingView]] = {}
        for finding in self.evidence.ordered():
            found.setdefault(finding.verdict, []).append(self._finding(finding))
        return found

    def _finding(self, finding: Finding) -> FindingView:
        facts = self._named(finding.facts)
        rule = self.names.rule(finding["rule"])
        power = _percent(finding.power)
        return FindingView(
            id=finding.id,
            title=f"{rule}: {_about(facts, finding)}",
            rule=rule,
            verdict=finding.verdict,
            badge=self.badge(finding.verdict),
            place="; ".join(
                dict.fromkeys(p.strip() for p in finding["place"].split(";") if p)
            ),
            printed=finding["printed"],
            allowed=self._allowed(finding),
            steps=_split(finding["arithmetic"]),
            under=", ".join(_split(finding["under"])),
            evidence=self.labels.text(f"evidences.{finding['evidence']}")
            if finding["evidence"]
            else "",
            explanations=_split(finding["explanations"]),
            repair=finding["repair"],
            power=self.labels.text("audit.power_text", percent=power) if power else "",
            power_short=f"{power} %" if power else "",
            facts=facts,
        )

    def _allowed(self, finding: Finding) -> str:
        if isnan(finding.low) and isnan(finding.high):
            return ""
        low, high = (
            format_trimmed(end) if not isinf(end) else ("∞" if end > 0 else "-∞")
            for end in (finding.low, finding.high)
        )
        return self.labels.text("audit.allowed_range", low=low, high=high)

    def coverage(self) -> list[CoverageRow]:
        """Return how many numbers a check touches, by place and in all."""
        places: dict[str, list[str]] = {}
        for fact in self.evidence.facts.values():
            places.setdefault(fact["place"], []).append(fact.id)
        rows = [self._covered(place, facts) for place, facts in places.items()]
        if len(rows) > 1:
            total = self.labels.text("coverage.total")
            rows.append(self._covered(total, list(self.evidence.facts)))
        return rows

    def _covered(self, place: str, facts: Sequence[str]) -> CoverageRow:
        verdicts = [self.evidence.worst([fact])[0] for fact in facts]
        touched = sum(v in SEVERITY and v != "not_checkable" for v in verdicts)
        return CoverageRow(
            place=place,
            facts=len(facts),
            touched=touched,
            share=f"{format_significant(100 * touched / len(facts), 2)} %"
            if facts
            else "",
            inconsistent=verdicts.count("inconsistent"),
        )


def _split(text: str) -> tuple[str, ...]:
    parts = text.replace("\n", ";").split(";")
    return tuple(part.strip() for part in parts if part.strip())


def _percent(share: float) -> str:
    """Write a share in percent; what is short of all is never written as all."""
    if isnan(share):
        return ""
    text = format_trimmed(100 * share, 3)
    return ">99.9" if text == "100" and share < 1 else text


def _about(facts: Sequence[FactView], finding: Finding) -> str:
    """Return what the check is about: the number held against the others."""
    held = next((f for f in facts if finding.id.endswith(f.id)), None)
    held = held or next((f for f in facts if f.known), None)
    return held.about if held is not None else ""
