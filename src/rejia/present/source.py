"""A table of the source, rebuilt from its printed numbers by place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isnan

from rejia.errors import DefinitionError
from rejia.present.compose import BUNDLE_OF, BUNDLES, compose
from rejia.present.evidence import Evidence, Fact, Released, drawn, read_evidence
from rejia.present.format import Part, format_recorded
from rejia.present.labels import Labels
from rejia.present.model import SYMBOLS, Cell, LegendEntry, Row, Table, heading
from rejia.present.names import Names, capital, small, with_unit
from rejia.study.schema import Study, TableSpec

P = "p_value"


@dataclass(frozen=True, slots=True)
class Slot:
    """A column: a group at a visit, or a bundle of statistics."""

    group: str = ""
    reference: str = ""
    visit: str = ""
    bundle: str = ""


SlotOf = Callable[[Fact], Slot]
Layout = tuple[tuple[tuple[Cell, ...], ...], tuple[Row, ...]]


def rebuild_table(
    study: Study, released: Released, labels: Labels, spec: TableSpec
) -> Table:
    """
    Rebuild a table of the source.

    Parameters
    ----------
    study : Study
        Labels of variables, visits and groups.
    released : mapping of str to pandas.DataFrame
        Released tables.
    labels : Labels
        Words.
    spec : TableSpec
        Place whose facts are shown.

    Returns
    -------
    Table
        Rows in the order of their first fact; columns are groups and visits where
        groups vary, else statistics.

    Raises
    ------
    DefinitionError
        If no fact is printed at that place within its outcomes and analyses.
    """
    evidence = read_evidence(released)
    facts = facts_of(spec, evidence)
    if not facts:
        places = sorted({fact["place"] for fact in evidence.facts.values()})
        narrowed = " within its outcomes and analyses" if is_narrowed(spec) else ""
        raise DefinitionError(
            f"table {spec.id!r} of study {study.study!r} cannot be built:",
            [
                f"no fact has the place {spec.place!r}{narrowed}"
                f" (places: {', '.join(places)})"
            ],
        )
    same = len({fact["outcome"] for fact in facts}) == 1
    bare = same and all(fact["component"] for fact in facts)
    builder = _Builder(Names(study, labels), evidence, bare)
    groups = dict.fromkeys(fact["group"] for fact in facts if fact["group"])
    visits = {f["visit"] for f in facts if f["visit"] and f["statistic"] != P}
    is_model = any(fact["term"] for fact in facts)
    apart: list[Fact] = []
    if len(groups) > 1 or (len(visits) > 1 and not is_model):
        apart = [fact for fact in facts if not fact["group"]]
        inside = [fact for fact in facts if fact["group"]]
        header, rows = builder.by_group(inside, _slots_by_group(len(visits) > 1))
    else:
        header, rows = builder.by_statistic(facts)
    notes = [("", builder.reading(facts))]
    if not apart and len(groups) == 1 and "all" not in groups:
        notes.append(("", builder.everyone(facts[0])))
    if any(cell.beside for row in rows for cell in row.cells):
        word = "drawn" if drawn(released) else "line"
        notes.append(("", labels.text(f"notes.second_{word}")))
    notes += [("", builder.aside(fact)) for fact in apart]
    legend = legend_of(rows, labels)
    if legend:
        notes.append(("", labels.text("notes.signs")))
    return Table(
        id=spec.id,
        title=title_of(spec),
        header=header,
        rows=rows,
        footnotes=tuple(notes),
        legend=legend,
        beside=labels.text("columns.computed"),
    )


def is_narrowed(spec: TableSpec) -> bool:
    """Say whether a table shows only some of the numbers of its place."""
    return bool(spec.outcomes or spec.analyses)


def title_of(spec: TableSpec) -> str:
    """Return a caption: ``Table 1. Title``, or ``Title (place)`` where narrowed."""
    if is_narrowed(spec):
        return f"{spec.title} ({spec.place})"
    return f"{spec.place}. {spec.title}"


def facts_of(spec: TableSpec, evidence: Evidence) -> list[Fact]:
    """Return the facts of a table's place, within its outcomes and analyses."""
    return [
        fact
        for fact in evidence.facts.values()
        if fact["place"] == spec.place
        and (not spec.outcomes or fact["outcome"] in spec.outcomes)
        and (not spec.analyses or fact["analysis"] in spec.analyses)
    ]


def legend_of(rows: Sequence[Row], labels: Labels) -> tuple[LegendEntry, ...]:
    """Return the verdicts that appear in rows, worst first."""
    present = {cell.verdict for row in rows for cell in row.cells}
    return tuple(
        LegendEntry(verdict, symbol, labels.text(f"verdicts.{verdict}"))
        for verdict, symbol in SYMBOLS.items()
        if verdict in present
    )


def fact_cell(facts: Sequence[Fact], evidence: Evidence) -> Cell:
    """
    Return the cell of some facts of one key.

    Parameters
    ----------
    facts : sequence of Fact
        At least one.
    evidence : Evidence
        Findings that colour it.

    Returns
    -------
    Cell
        Links to the finding behind its colour, else to its first fact.
    """
    names = tuple(fact.id for fact in facts)
    verdict, finding = evidence.worst(names)
    printed = {name: group[0].printed for name, group in _by_statistic(facts).items()}
    again = tuple(
        f"; {fact.printed}"
        for group in _by_statistic(facts).values()
        for fact in group[1:]
    )
    computed: dict[str, Part] = {
        name: group[0].recomputed for name, group in _by_statistic(facts).items()
    }
    has_computed = any(not isnan(fact.computed) for fact in facts)
    return Cell(
        parts=(*compose(printed), *again),
        beside=compose(computed) if has_computed else (),
        verdict=verdict,
        anchor=f"audit-{finding}" if finding else f"fact-{names[0]}",
        facts=names,
    )


def _by_statistic(facts: Sequence[Fact]) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        found.setdefault(fact["statistic"], []).append(fact)
    return found


class _Builder:
    def __init__(self, names: Names, evidence: Evidence, bare: bool) -> None:
        self.names = names
        self.labels = names.labels
        self.evidence = evidence
        self.bare = bare

    def by_group(self, facts: list[Fact], slot_of: SlotOf) -> Layout:
        slots = self._group_slots(facts, slot_of)
        grid = _grid(facts, slot_of)
        rows = []
        for name, found in grid.items():
            cells = [heading(self._stub(name, found))]
            for run in _runs(slots):
                spanning = found.get(Slot(run[0].group, run[0].reference))
                if spanning and run[0].visit and not any(s in found for s in run):
                    cell = fact_cell(spanning, self.evidence)
                    cells.append(_spanned(cell, len(run)))
                else:
                    cells += [self._cell(found.get(slot)) for slot in run]
            rows.append(Row(tuple(cells)))
        return self._group_header(slots), tuple(rows)

    def by_statistic(self, facts: list[Fact]) -> Layout:
        used = {BUNDLE_OF[fact["statistic"]] for fact in facts}
        slots = [Slot(bundle=bundle) for bundle in BUNDLES if bundle in used]
        grid = _grid(facts, lambda fact: Slot(bundle=BUNDLE_OF[fact["statistic"]]))
        rows = [
            Row(
                (
                    heading(self._stub(name, found)),
                    *(self._cell(found.get(slot)) for slot in slots),
                )
            )
            for name, found in grid.items()
        ]
        header = (
            heading(self.labels.text("columns.variable")),
            *(heading(self._bundle(slot.bundle)) for slot in slots),
        )
        return (header,), tuple(rows)

    def reading(self, facts: Sequence[Fact]) -> str:
        """Say how the statistics of a cell are joined."""
        used = {fact["statistic"] for fact in facts}
        ways = [
            self.labels.text(f"joined.{name}")
            for name, needed in (
                ("mean_sd", {"mean", "sd"}),
                ("mean_pm", {"mean", "plus_minus"}),
                ("mean_se", {"mean", "se"}),
                ("median", {"median"}),
                ("percent", {"n", "percent"}),
                ("odds_ratio", {"odds_ratio"}),
            )
            if needed <= used
        ]
        return " ".join([self.labels.text("notes.as_printed"), *ways])

    def everyone(self, fact: Fact) -> str:
        """Say whom all rows are about, where no column says it."""
        who = self.names.who(fact.key)
        if not fact["term"]:
            return self.labels.text("notes.everyone", who=who)
        outcome = self.names.variable(fact["outcome"])
        return self.labels.text("notes.everyone_model", who=who, outcome=outcome)

    def aside(self, fact: Fact) -> str:
        """Say a printed number that stands in no column."""
        is_count = fact["statistic"] == "n" and bool(fact["unit"])
        statistic = "" if is_count else f"{self.names.statistic(fact['statistic'])} "
        return self.labels.text(
            "notes.aside",
            what=self.names.about(fact.key),
            printed=f"{statistic}{fact.printed} {fact['unit']}".rstrip(),
        )

    def _bundle(self, name: str) -> str:
        level = self.names.study.structure.confidence
        return self.labels.text(f"bundles.{name}", level=format_recorded(100 * level))

    def _cell(self, facts: list[Fact] | None) -> Cell:
        return fact_cell(facts, self.evidence) if facts else Cell()

    def _stub(self, name: tuple[str, ...], found: dict[Slot, list[Fact]]) -> str:
        outcome, term, component, level = name[:4]
        facts = [fact for cell in found.values() for fact in cell]
        parts = [] if self.bare else [self.names.variable(term or outcome)]
        parts += [self.names.variable(component)] if component else []
        parts += [self.names.level(level)] if level else []
        visits = {fact["visit"] for fact in facts if fact["visit"]}
        if not any(slot.visit for slot in found) and len(visits) == 1:
            visit = self.names.visit(visits.pop())
            parts.append(small(visit) if parts else visit)
        units = list(dict.fromkeys(f["unit"] for f in facts if f["statistic"] != P))
        counted = {f["statistic"] for f in facts} <= {"n", "n_of"}
        unit = self.labels.text("units.count") if counted else ""
        label = capital(", ".join(part for part in parts if part))
        if not counted and not term and len(units) == 1 and units[0] != "%":
            unit = units[0]
        # An odds ratio means nothing without the unit of its predictor.
        if term and not component and not level:
            unit = self.names.unit(term)
        return with_unit(label, unit)

    def _group_slots(self, facts: Sequence[Fact], slot_of: SlotOf) -> list[Slot]:
        visits = list(self.names.study.visits)
        found: dict[tuple[str, str], dict[Slot, None]] = {}
        for fact in facts:
            slot = slot_of(fact)
            found.setdefault((slot.group, slot.reference), {})[slot] = None
        out = []
        for slots in found.values():
            visited = [slot for slot in slots if slot.visit and not slot.bundle]
            plain = [slot for slot in slots if not slot.visit and not slot.bundle]
            visited.sort(
                key=lambda s: visits.index(s.visit) if s.visit in visits else 99
            )
            out += visited or plain
            out += [slot for slot in slots if slot.bundle]
        return out

    def _group_header(self, slots: Sequence[Slot]) -> tuple[tuple[Cell, ...], ...]:
        top, below = [heading("")], [heading(self.labels.text("columns.variable"))]
        p_word = self.labels.text("bundles.p_value")
        for run in _runs(slots, with_p=True):
            first = run[0]
            who = self.names.who({"group": first.group, "reference": first.reference})
            top.append(heading(who, len(run)))
            below += [
                heading(p_word if slot.bundle else self.names.visit(slot.visit))
                for slot in run
            ]
        if all(not slot.visit and not slot.bundle for slot in slots):
            return ((below[0], *top[1:]),)
        return tuple(top), tuple(below)


def _slots_by_group(has_visits: bool) -> SlotOf:
    """Return the columns of a table by group, with or without visits below."""

    def slot_of(fact: Fact) -> Slot:
        if fact["statistic"] == P:
            return Slot(fact["group"], fact["reference"], bundle=P)
        visit = fact["visit"] if has_visits else ""
        return Slot(fact["group"], fact["reference"], visit)

    return slot_of


def _runs(slots: Sequence[Slot], *, with_p: bool = False) -> list[list[Slot]]:
    """Split columns into runs of one group; p-values apart unless wanted with it."""
    runs: list[list[Slot]] = []
    for slot in slots:
        last = runs[-1][-1] if runs else None
        same = last is not None and (last.group, last.reference) == (
            slot.group,
            slot.reference,
        )
        if same and last is not None and (with_p or last.bundle == slot.bundle):
            runs[-1].append(slot)
        else:
            runs.append([slot])
    return runs


def _spanned(cell: Cell, span: int) -> Cell:
    return replace(cell, span=span)


def _grid(
    facts: Sequence[Fact], slot_of: SlotOf
) -> dict[tuple[str, ...], dict[Slot, list[Fact]]]:
    """Arrange facts in rows; rows that would hold two analyses are split."""
    short = ("outcome", "term", "component", "level")
    for extra in ((), ("population",), ("population", "analysis", "visit")):
        grid: dict[tuple[str, ...], dict[Slot, list[Fact]]] = {}
        clash = False
        for fact in facts:
            row = tuple(fact[name] for name in (*short, *extra))
            cell = grid.setdefault(row, {}).setdefault(slot_of(fact), [])
            clash |= any(
                other["statistic"] == fact["statistic"]
                and other.key_fields != fact.key_fields
                for other in cell
            )
            cell.append(fact)
        if not clash:
            break
    return grid
