"""Whether a claim survives: its p-values over all cohorts, specs, laws, conventions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rejia.present.attained import (
    Attained,
    Cuts,
    P,
    read_attained,
    span_parts,
)
from rejia.present.coupling import key_of
from rejia.present.evidence import Released, number, read_evidence, records
from rejia.present.format import format_p, format_parts
from rejia.present.labels import Labels
from rejia.present.model import ALL_SYMBOLS
from rejia.present.names import Names, capital
from rejia.present.standing import LEVEL, STANDINGS, side_of, standing_of
from rejia.study.schema import Claim, Study

CONVENTION = "convention:"
# A standing is coloured like the attainability that is nearest to it.
COLOURED_AS = {
    "mostly": "law_dependent",
    "seldom": "rare",
    "never": "not_attained",
}
TELLING = ("law_dependent", "rare", "not_attained", "impossible")


@dataclass(frozen=True, slots=True)
class Finding:
    """A significant p-value in words."""

    fact: str
    about: str
    printed: str
    verdict: str
    note: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Findings that stand alike."""

    name: str
    colour: str
    words: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class SurvivalLine:
    """What becomes of one number of a claim; of several where it has no verdict."""

    verdict: str
    badge: str
    symbol: str
    text: str


@dataclass(frozen=True, slots=True)
class ClaimSurvival:
    """What becomes of a claim in all cohorts that fit."""

    colour: str
    words: str
    lines: tuple[SurvivalLine, ...]


class Survival:
    """
    Words for what becomes of p-values and claims in all cohorts that fit.

    Parameters
    ----------
    study : Study
        Claims, labels.
    released : mapping of str to pandas.DataFrame
        ``comparison.tsv``, ``attainable.tsv``, ``reproducer.tsv``,
        ``multiverse.tsv``.
    labels : Labels
        Words, below ``survival``.
    """

    def __init__(self, study: Study, released: Released, labels: Labels) -> None:
        self.study, self.labels = study, labels
        self.names = Names(study, labels)
        self.attained = read_attained(released, read_evidence(released))
        self.conventions = _conventions(released)

    @property
    def spec(self) -> str:
        """Spec that verdicts name first."""
        return next((one.spec for one in self.attained.values()), "")

    def box(self) -> tuple[Standing, ...]:
        """Return the significant findings by how often they are significant."""
        found: dict[str, list[Finding]] = {}
        seen = set()
        for one in self.attained.values():
            key = (*one.fact.key_fields, one.fact.printed)
            if one.statistic != P or _side(one) != "below" or key in seen:
                continue
            seen.add(key)
            found.setdefault(_standing(one, "below"), []).append(self._finding(one))
        return tuple(
            Standing(
                name,
                COLOURED_AS.get(name, name),
                self.labels.text(f"survival.box_{name}"),
                tuple(found[name]),
            )
            for name in STANDINGS
            if name in found
        )

    def claims(self) -> dict[str, ClaimSurvival]:
        """Return what becomes of each claim with a number that cohorts have."""
        made = {claim.id: self._claim(claim) for claim in self.study.claims}
        return {name: one for name, one in made.items() if one is not None}

    def _claim(self, claim: Claim) -> ClaimSurvival | None:
        own = [self.attained[n] for n in claim.rests_on if n in self.attained]
        if not own:
            return None
        tests = [one for one in own if one.statistic == P and _side(one)]
        rest = [one for one in own if one not in tests]
        telling = [one for one in rest if one.verdict in TELLING]
        lines = [self._line(one, self.sentence(one)) for one in tests]
        lines += [self._line(one, self._number(one)) for one in telling]
        for name, n in (
            ("rest", len(rest) - len(telling)),
            ("not_asked", len(claim.rests_on) - len(own)),
        ):
            if n:
                text = self.labels.text(f"survival.{name}", n=n)
                lines.append(SurvivalLine("", "", "", text))
        names = [_standing(one, _side(one)) for one in tests]
        worst = max(names, key=STANDINGS.index, default="")
        if not worst:
            return ClaimSurvival("", "", tuple(lines))
        words = self.labels.text(f"survival.claim_{worst}")
        return ClaimSurvival(COLOURED_AS.get(worst, worst), words, tuple(lines))

    def _line(self, one: Attained, text: str) -> SurvivalLine:
        return SurvivalLine(
            one.verdict,
            self.labels.text(f"attainabilities_short.{one.verdict}"),
            ALL_SYMBOLS.get(one.verdict, ""),
            text,
        )

    def sentence(self, one: Attained) -> str:
        """Say of a printed p-value how it stands in cohorts, specs, laws and tests."""
        side = _side(one)
        parts = [
            self._headline(one, side),
            *self._corrected(one, side),
            *self._specs(one, side),
            *self._dependence(one),
            *self._alternatives(one),
            *self._conventional(one),
        ]
        return " ".join(parts)

    def _about(self, one: Attained) -> str:
        key = one.fact.key
        parts = [self.names.variable(key["term"] or key["outcome"])]
        if key["component"]:
            parts.append(self.names.variable(key["component"]))
        if key["visit"] and not key["ref_visit"]:
            parts.append(self.names.visit(key["visit"]))
        parts.append(self.names.word(key["analysis"]))
        return capital(", ".join(parts))

    def _headline(self, one: Attained, side: str) -> str:
        labels = self.labels
        first = one.first
        worst = one.high if side == "below" else one.low
        text = labels.text(
            f"survival.p_{_standing(one, side)}",
            about=self._about(one),
            side=labels.text(f"survival.{side}", level=f"{LEVEL:g}"),
            end=labels.text(f"survival.end_{side}"),
            far=format_p(worst),
            near=format_p(one.low if side == "below" else one.high),
            median=format_p(first.middle),
            span=_span(first.low, first.high),
            law=one.law,
            medians=_by_law(one.laws, lambda cut: cut.middle),
            by=labels.text("survival.proof" if one.is_proven else "survival.search"),
        )
        verdict = labels.text(f"attainabilities_short.{one.verdict}").lower()
        printed = labels.text(
            "survival.printed", printed=one.fact.printed, verdict=verdict
        )
        return f"{text} {printed}"

    def _corrected(self, one: Attained, side: str) -> list[str]:
        return [
            self.labels.text(
                "survival.corrected",
                m=factor,
                side=self.labels.text(f"survival.{side}", level=f"{LEVEL:g}"),
                how=self.labels.text(f"survival.how_{_standing(one, side, factor)}"),
                median=format_p(one.first.times(factor).middle),
            )
            for factor in one.readings
            if factor > 1
        ]

    def _specs(self, one: Attained, side: str) -> list[str]:
        own = _standing(one, side)
        other = {
            spec: standing_of(side, (of.low, of.high), of.laws.values())
            for spec, of in one.others.items()
        }
        if not other:
            return []
        changed = {spec: name for spec, name in other.items() if name != own}
        if not changed:
            return [self.labels.text("survival.specs_same", specs=", ".join(other))]
        words = "; ".join(
            f"{spec}: {self.labels.text(f'survival.how_{name}')}"
            for spec, name in changed.items()
        )
        return [self.labels.text("survival.specs_changed", specs=words)]

    def _dependence(self, one: Attained) -> list[str]:
        if not one.dependence:
            return []
        rhos = sorted(one.dependence, key=float)
        middles = [cut.middle for cut in one.dependence.values()]
        return [
            self.labels.text(
                "survival.dependence",
                first=rhos[0],
                last=rhos[-1],
                span=_span(min(middles), max(middles)),
            )
        ]

    def _alternatives(self, one: Attained) -> list[str]:
        middles = [
            cut.middle for of in one.alternatives.values() for cut in of.laws.values()
        ]
        if not middles:
            return []
        return [
            self.labels.text(
                "survival.alternatives",
                n=len(one.alternatives),
                span=_span(min(middles), max(middles)),
            )
        ]

    def _conventional(self, one: Attained) -> list[str]:
        values = self.conventions.get(one.fact.key_fields, [])
        if not values:
            return []
        return [
            self.labels.text(
                "survival.conventions",
                n=len(values),
                span=_span(min(values), max(values)),
            )
        ]

    def _number(self, one: Attained) -> str:
        key = one.fact.key
        return self.labels.text(
            "survival.number",
            about=self._about(one) if key["term"] else self.names.about(key),
            statistic=self.names.statistic(one.statistic),
            printed=one.fact.printed,
            verdict=self.labels.text(f"attainabilities_short.{one.verdict}").lower(),
            hull=format_parts(span_parts(one.shown(one.low), one.shown(one.high))),
        )

    def _finding(self, one: Attained) -> Finding:
        notes = []
        if _standing(one, "below") == "forced":
            forced = one.is_forced_by_proof and _side(one) == "below"
            by = "proof" if one.is_proven or forced else "search"
            notes.append(self.labels.text(f"survival.box_{by}"))
        if one.verdict in TELLING:
            word = self.labels.text(f"attainabilities_short.{one.verdict}").lower()
            notes.append(self.labels.text("survival.box_printed", verdict=word))
        for factor in one.readings:
            if factor > 1:
                name = _standing(one, "below", factor)
                how = self.labels.text(f"survival.how_{name}")
                notes.append(
                    self.labels.text("survival.box_corrected", m=factor, how=how)
                )
        return Finding(
            fact=one.id,
            about=self._about(one),
            printed=one.fact.printed,
            verdict=one.verdict,
            note="; ".join(notes),
        )


def _side(one: Attained) -> str:
    return side_of(one.fact.low, one.fact.high)


def _standing(one: Attained, side: str, factor: int = 1) -> str:
    hull = (min(1.0, factor * one.low), min(1.0, factor * one.high))
    return standing_of(side, hull, [cut.times(factor) for cut in one.laws.values()])


def _span(low: float, high: float) -> str:
    first, last = format_p(low), format_p(high)
    return first if first == last else f"{first} to {last}"


def _by_law(laws: Mapping[str, Cuts], taken: Callable[[Cuts], float]) -> str:
    return ", ".join(f"{law} {format_p(taken(cut))}" for law, cut in laws.items())


def _conventions(released: Released) -> dict[tuple[str, ...], list[float]]:
    """Return the p-values of each key under other conventions of its test."""
    found: dict[tuple[str, ...], list[float]] = {}
    for row in records(released, "multiverse.tsv"):
        if row["scenario"].startswith(CONVENTION) and row["p_value"]:
            found.setdefault(key_of(row), []).append(number(row, "p_value"))
    return found
