"""Findings and conflicts as cards: what is printed, what follows, what it touches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan

from markupsafe import Markup

from rejia.present.arithmetic import Step, draw_ranges, read_step
from rejia.present.evidence import Evidence, Finding, Record, Released, records
from rejia.present.labels import Labels
from rejia.present.views import FactView, FindingView, Views
from rejia.study.schema import Spec, Study

EVIDENCES = ("proof", "enumeration", "search", "wording")
WRONG = "inconsistent"
SHOWN = 4
# What brings out a conflict of joints, in place of rows of the audit.
JOINTS = "joint_level:"


@dataclass(frozen=True, slots=True)
class Touched:
    """A claim that rests on a finding's numbers."""

    id: str
    says: str


@dataclass(frozen=True, slots=True)
class Treated:
    """
    What a spec does with the numbers of a finding or a conflict.

    Attributes
    ----------
    ids : tuple of str
        Specs that do the same.
    reasons : tuple of str
        Given by these specs.
    does : tuple of str
        Each number that it drops or replaces, in words.
    settles : bool
        Whether it takes a number out of every conflict that is shown.
    """

    ids: tuple[str, ...]
    reasons: tuple[str, ...]
    does: tuple[str, ...]
    settles: bool


@dataclass(frozen=True, slots=True)
class FindingCard:
    """A contradiction with everything that a reader needs to judge it."""

    finding: FindingView
    steps: tuple[Step, ...]
    picture: Markup
    claims: tuple[Touched, ...]
    specs: tuple[Treated, ...]
    changes: str


@dataclass(frozen=True, slots=True)
class Way:
    """A minimal correction: numbers to give up, and the specs that choose it."""

    numbers: tuple[str, ...]
    chosen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConflictView:
    """Numbers that cannot all stand, and the checks that say so."""

    facts: tuple[FactView, ...]
    checks: tuple[FindingView, ...]


@dataclass(frozen=True, slots=True)
class ClusterCard:
    """Conflicts that share numbers, and every way out of all of them."""

    id: str
    title: str
    conflicts: tuple[ConflictView, ...]
    ways: tuple[Way, ...]
    more: int
    specs: tuple[Treated, ...]
    claims: tuple[Touched, ...]


class Cards:
    """
    Makes the cards of a report.

    Parameters
    ----------
    study : Study
        Its claims and specs.
    views : Views
        Facts and findings in words.
    """

    def __init__(self, study: Study, views: Views) -> None:
        self._study = study
        self._views = views
        self._evidence: Evidence = views.evidence
        self._labels: Labels = views.labels
        self._facts = {fact.id: fact for fact in views.facts()}
        self._findings = {
            view.id: view for found in views.findings().values() for view in found
        }

    def findings(self) -> list[FindingCard]:
        """
        Return the contradictions, the weightiest first.

        First those that a claim of the paper rests on, among them those that would
        put a p-value on the other side of its level; then proof before enumeration
        before wording; then by how much the check would have refused.
        """
        wrong = [f for f in self._evidence.findings.values() if f.verdict == WRONG]
        return [self._card(finding) for finding in sorted(wrong, key=self._weight)]

    def _weight(self, finding: Finding) -> tuple[bool, bool, int, float]:
        kind = finding["evidence"]
        return (
            not self._claims(self._accused(finding)),
            not changes_significance(finding, self._evidence, self._level),
            EVIDENCES.index(kind) if kind in EVIDENCES else len(EVIDENCES),
            -finding.strength,
        )

    @property
    def _level(self) -> float:
        return round(1 - self._study.structure.confidence, 10)

    def _accused(self, finding: Finding) -> list[str]:
        """Return the facts of a finding that are more than a weight in it."""
        return [
            fact
            for fact in finding.facts
            if any(f.id == finding.id for f in self._evidence.accusing(fact))
        ]

    def _card(self, finding: Finding) -> FindingCard:
        view = self._findings[finding.id]
        turns = changes_significance(finding, self._evidence, self._level)
        accused = self._accused(finding)
        return FindingCard(
            finding=view,
            steps=tuple(read_step(step) for step in view.steps),
            picture=self._picture(finding, view),
            claims=self._claims(accused),
            specs=self._specs([accused]),
            changes=self._labels.text("cards.turns", level=f"{self._level:g}")
            if turns
            else "",
        )

    def _picture(self, finding: Finding, view: FindingView) -> Markup:
        held = held_fact(finding)
        fact = self._evidence.facts.get(held)
        if fact is None or isnan(finding.low) or isnan(finding.high):
            return Markup("")
        words = self._labels.text(
            "cards.picture", allowed=view.allowed, printed=fact.printed
        )
        return draw_ranges((finding.low, finding.high), (fact.low, fact.high), words)

    def _claims(self, facts: Iterable[str]) -> tuple[Touched, ...]:
        named = set(facts)
        return tuple(
            Touched(claim.id, claim.says)
            for claim in self._study.claims
            if named & set(claim.rests_on)
        )

    def _specs(self, conflicts: Sequence[Iterable[str]]) -> tuple[Treated, ...]:
        sets = [set(facts) for facts in conflicts]
        named = set().union(*sets)
        same: dict[tuple[tuple[str, ...], bool], list[Spec]] = {}
        for spec in self._study.specs:
            settles = all(facts & _given_up(spec) for facts in sets)
            does = tuple(self._does(spec, named))
            same.setdefault((does, settles), []).append(spec)
        return tuple(
            Treated(
                tuple(spec.id for spec in specs),
                tuple(dict.fromkeys(spec.reason for spec in specs)),
                does,
                settles,
            )
            for (does, settles), specs in same.items()
        )

    def _does(self, spec: Spec, named: set[str]) -> Iterable[str]:
        repairs = {repair.id: repair for repair in self._study.repairs}
        for fact, repair in spec.replace.items():
            if fact in named:
                yield self._labels.text(
                    "cards.replaces",
                    number=self._number([fact]),
                    printed=repairs[repair].printed,
                )
        dropped = [fact for fact in spec.drop if fact in named]
        for number in self._numbers(dropped):
            yield self._labels.text("cards.drops", number=number)

    def _numbers(self, facts: Iterable[str]) -> tuple[str, ...]:
        """Return numbers in words, each with every place where it is printed so."""
        same: dict[tuple[str, str, str], list[str]] = {}
        for fact in facts:
            view = self._facts.get(fact)
            about = (
                (view.about, view.statistic, view.printed) if view else (fact, "", "")
            )
            same.setdefault(about, []).append(fact)
        return tuple(self._number(own) for own in same.values())

    def _number(self, facts: Sequence[str]) -> str:
        view = self._facts.get(facts[0])
        if view is None:
            return facts[0]
        places = [self._facts[fact].place for fact in facts]
        return self._labels.text(
            "cards.number",
            about=view.about,
            value=view.printed
            if view.printed.endswith(view.statistic)
            else f"{view.statistic} {view.printed}",
            places="; ".join(dict.fromkeys(places)),
        )

    def clusters(self, released: Released) -> list[ClusterCard]:
        """Return the conflicts by cluster, those that a claim rests on first."""
        rows: dict[str, list[Record]] = {}
        for row in records(released, "conflicts.tsv"):
            rows.setdefault(row["cluster"], []).append(row)
        cards = [self._cluster(name, own) for name, own in rows.items()]
        return sorted(cards, key=lambda card: not card.claims)

    def _cluster(self, name: str, rows: Sequence[Record]) -> ClusterCard:
        found = [row for row in rows if row["kind"] == "conflict"]
        ways = [self._way(row) for row in rows if row["kind"] == "correction"]
        # The way that a spec chose is shown, however many are shorter.
        ways.sort(key=lambda way: not way.chosen)
        shown = tuple(ways[: max(SHOWN, sum(bool(way.chosen) for way in ways))])
        sets = [row["facts"].split(";") for row in found]
        conflicts = tuple(
            ConflictView(self._named(facts), self._checks(row["rules"]))
            for row, facts in zip(found, sets, strict=True)
        )
        named = [fact for facts in sets for fact in facts]
        heads = [fact for fact in named if not self._is_size(fact)] or named
        title = self._facts[heads[0]].about if heads[0] in self._facts else name
        if any(row["rules"].startswith(JOINTS) for row in found):
            title = self._labels.text("cards.joints", about=title)
        return ClusterCard(
            id=name,
            title=title,
            conflicts=conflicts,
            ways=shown,
            more=len(ways) - len(shown),
            specs=self._specs(sets),
            claims=self._claims(heads),
        )

    def _way(self, row: Record) -> Way:
        facts = set(row["facts"].split(";"))
        chosen = [spec.id for spec in self._study.specs if facts <= _given_up(spec)]
        return Way(self._numbers(row["facts"].split(";")), tuple(chosen))

    def _named(self, facts: Iterable[str]) -> tuple[FactView, ...]:
        return tuple(self._facts[name] for name in facts if name in self._facts)

    def _checks(self, rules: str) -> tuple[FindingView, ...]:
        names = [name for name in rules.split(";") if name]
        return tuple(self._findings[n] for n in names if n in self._findings)

    def _is_size(self, fact: str) -> bool:
        found = self._evidence.facts.get(fact)
        return found is not None and found["outcome"] == "cohort"


def _given_up(spec: Spec) -> set[str]:
    return {*spec.drop, *spec.replace}


def held_fact(finding: Finding) -> str:
    """Return the fact that a finding holds against the others."""
    named = finding.id.removeprefix(f"{finding['rule']}-")
    fits = [fact for fact in finding.facts if named.startswith(fact)]
    return max(fits, key=len, default=finding.facts[0] if finding.facts else "")


def changes_significance(finding: Finding, evidence: Evidence, level: float) -> bool:
    """
    Say whether a finding puts a p-value on the other side of its level.

    Parameters
    ----------
    finding : Finding
        A contradiction.
    evidence : Evidence
        For what is printed.
    level : float
        Level of significance: 1 less the confidence of the intervals.

    Returns
    -------
    bool
        True where the p that is printed and every p that the other numbers allow
        lie on different sides, and where p and its interval disagree.
    """
    if finding["rule"] == "ratio_null":
        return True
    fact = evidence.facts.get(held_fact(finding))
    if fact is None or fact["statistic"] != "p_value":
        return False
    printed_below, printed_above = fact.high < level, fact.low > level
    return (printed_below and finding.low >= level) or (
        printed_above and finding.high < level
    )
