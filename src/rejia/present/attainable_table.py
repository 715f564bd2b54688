"""A table of the source: each printed number beside what was attainable of it."""

from collections.abc import Iterable, Sequence

from rejia.errors import DefinitionError
from rejia.present.attained import (
    Attained,
    P,
    cohorts_drawn,
    read_attained,
    span_parts,
)
from rejia.present.evidence import Fact, Released, read_evidence
from rejia.present.format import Part
from rejia.present.labels import Labels
from rejia.present.model import (
    ATTAINABLE_SYMBOLS,
    Cell,
    LegendEntry,
    Row,
    Table,
    heading,
)
from rejia.present.names import Names, capital, with_unit
from rejia.present.source import facts_of, title_of
from rejia.study.schema import Study, TableSpec

COLUMNS = ("printed", "attainable", "median", "central", "attainability", "evidence")


def attainable_table(
    study: Study, released: Released, labels: Labels, spec: TableSpec
) -> Table:
    """
    Show the numbers of a place beside what was attainable and what was typical.

    Parameters
    ----------
    study : Study
        Labels of variables, visits and groups; specs.
    released : mapping of str to pandas.DataFrame
        ``comparison.tsv``, ``attainable.tsv``, ``reproducer.tsv``, ``sampling.tsv``.
    labels : Labels
        Words, below ``attainable``.
    spec : TableSpec
        Place whose facts are shown.

    Returns
    -------
    Table
        One row a printed number that the cohorts have, below its variable; a last
        column where any verdict is another one under another spec.

    Raises
    ------
    DefinitionError
        If no fact is printed at that place within its outcomes and analyses.
    """
    evidence = read_evidence(released)
    facts = facts_of(spec, evidence)
    if not facts:
        raise DefinitionError(
            f"table {spec.id!r} of study {study.study!r} cannot be built:",
            [f"no fact has the place {spec.place!r} within its outcomes and analyses"],
        )
    attained = read_attained(released, evidence)
    found = [attained[fact.id] for fact in facts if fact.id in attained]
    builder = _Builder(Names(study, labels))
    rows = builder.rows(found)
    names = [*COLUMNS, *(["other_specs"] if builder.changed else [])]
    header = [heading(labels.text("columns.what"))]
    header += [heading(labels.text(f"columns.{name}")) for name in names]
    notes = _notes(builder, released, found, len(facts) - len(found))
    return Table(
        id=spec.id,
        title=title_of(spec),
        header=(tuple(header),),
        rows=rows,
        footnotes=tuple(("", note) for note in notes),
        legend=attainable_legend((one.verdict for one in found), labels),
        beside=labels.text("attainable.beside"),
    )


def attainable_legend(
    verdicts: Iterable[str], labels: Labels
) -> tuple[LegendEntry, ...]:
    """Return the attainabilities that appear, best first."""
    present = set(verdicts)
    return tuple(
        LegendEntry(verdict, symbol, labels.text(f"attainabilities.{verdict}"))
        for verdict, symbol in ATTAINABLE_SYMBOLS.items()
        if verdict in present
    )


class _Builder:
    def __init__(self, names: Names) -> None:
        self.names = names
        self.labels = names.labels
        self.changed = False

    def rows(self, found: Sequence[Attained]) -> tuple[Row, ...]:
        self.changed = any(one.changed for one in found)
        width = 1 + len(COLUMNS) + self.changed
        who = {self.names.who(one.fact.key) for one in found}
        when = {self.names.when(one.fact.key) for one in found}
        # Within a printed table a variable is told once for all that is said of it.
        analyses = {one.fact["analysis"] for one in found if one.statistic == P}
        rows: list[Row] = []
        before = ""
        for one in found:
            fact = one.fact
            subject = self._subject(fact)
            if len(analyses) > 1:
                subject = f"{subject}: {self.names.word(fact['analysis'])}"
            if subject != before:
                rows.append(Row((heading(subject, width),), is_heading=True))
                before = subject
            stub = self._stub(fact, len(when) > 1, len(who) > 1)
            rows.append(Row((heading(stub), *self._cells(one))))
        return tuple(rows)

    def _subject(self, fact: Fact) -> str:
        name = fact["term"] or fact["outcome"]
        unit = "" if fact["term"] else self.names.unit(name)
        return with_unit(capital(self.names.variable(name)), unit)

    def _stub(self, fact: Fact, with_visit: bool, with_group: bool) -> str:
        key = fact.key
        parts = [self.names.variable(fact["component"])] if fact["component"] else []
        parts += [self.names.level(fact["level"])] if fact["level"] else []
        parts += [self.names.when(key)] if with_visit else []
        parts += [self.names.who(key)] if with_group else []
        parts.append(self.names.statistic(fact["statistic"]))
        text = ", ".join(part for part in parts if part)
        return capital(text) if len(text) > 1 else text

    def _cells(self, one: Attained) -> tuple[Cell, ...]:
        labels = self.labels
        factor = max(one.readings)
        cuts, again = one.first, one.first.times(factor)
        high = min(1.0, factor * one.high)
        is_read_twice = factor > 1 and one.statistic == P

        def beside(*parts: Part) -> tuple[Part, ...]:
            return parts if is_read_twice else ()

        cells = [
            Cell(
                parts=(one.fact.printed,),
                anchor=f"fact-{one.id}",
                facts=(one.id,),
            ),
            Cell(
                parts=_span(one, one.low, one.high),
                beside=beside(*_span(one, min(1.0, factor * one.low), high)),
            ),
            Cell(
                parts=(one.shown(cuts.middle),), beside=beside(one.shown(again.middle))
            ),
            Cell(
                parts=_span(one, cuts.low, cuts.high),
                beside=beside(*_span(one, again.low, again.high)),
            ),
            Cell(
                parts=(labels.text(f"attainabilities_short.{one.verdict}"),),
                verdict=one.verdict,
                is_number=False,
            ),
            heading(evidence_word(one, labels)),
        ]
        if self.changed:
            words = [
                f"{spec}: {labels.text(f'attainabilities_short.{verdict}')}"
                for spec, verdict in one.changed.items()
            ]
            cells.append(heading("; ".join(words)))
        return tuple(cells)


def evidence_word(one: Attained, labels: Labels) -> str:
    """Return what a verdict rests on, in a word or two."""
    name = f"attainable.by_{one.evidence}"
    return labels.text(name) if one.evidence else ""


def _span(one: Attained, low: float, high: float) -> tuple[Part, ...]:
    return span_parts(one.shown(low), one.shown(high))


def _notes(
    builder: _Builder, released: Released, found: Sequence[Attained], left_out: int
) -> list[str]:
    labels, study = builder.labels, builder.names.study
    if not found:
        return [labels.text("attainable.nothing")]
    first = found[0]
    drawn = cohorts_drawn(released, first.spec)
    notes = [
        labels.text(
            "attainable.note_columns", law=first.law, n=drawn.get(first.law, "–")
        ),
        labels.text("attainable.note_evidence"),
        labels.text(
            "attainable.note_spec", spec=first.spec, reason=_reason(study, first.spec)
        ),
    ]
    laws = list(dict.fromkeys(law for one in found for law in one.laws))
    if len(laws) > 1:
        notes.append(labels.text("attainable.note_laws", laws=", ".join(laws)))
    others = dict.fromkeys(spec for one in found for spec in one.others)
    if others:
        name = "note_changed" if builder.changed else "note_unchanged"
        reasons = "; ".join(f"{spec}: {_reason(study, spec)}" for spec in others)
        notes.append(labels.text(f"attainable.{name}", specs=reasons))
    factors = sorted({max(one.readings) for one in found} - {1})
    if factors:
        m = ", ".join(str(factor) for factor in factors)
        notes.append(labels.text("attainable.note_readings", m=m))
    if left_out:
        notes.append(labels.text("attainable.note_left_out", n=left_out))
    return notes


def _reason(study: Study, name: str) -> str:
    return next((spec.reason for spec in study.specs if spec.id == name), name)
