"""A wide sheet to canonical rows: one row a patient, a visit, or a reading of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rejia.cohort.check import CohortFault
from rejia.cohort.grids import Grid
from rejia.cohort.rows import Origin, Rows
from rejia.cohort.targets import Target
from rejia.contracts import PATIENTS
from rejia.study import Study
from rejia.study.columns import ROW

REPEATED = "redcap_repeat_instrument"
Key = tuple[str, ...]


@dataclass
class Unfolded:
    """
    What a wide sheet gave.

    Attributes
    ----------
    tables : dict of str to Rows
        Canonical tables.
    faults, warnings : list of CohortFault
        Values of one patient that contradict each other, rows given twice; rows that
        are not read.
    """

    tables: dict[str, Rows] = field(default_factory=dict)
    faults: list[CohortFault] = field(default_factory=list)
    warnings: list[CohortFault] = field(default_factory=list)


def unfold(study: Study, grid: Grid, targets: Sequence[Target]) -> Unfolded:
    """
    Turn a wide sheet into canonical tables.

    Parameters
    ----------
    study : Study
        Declares variables, and codes of visits.
    grid : Grid
        Cells of text.
    targets : sequence of Target
        What its columns hold; a column without a target is not read.

    Returns
    -------
    Unfolded
        A cell that is empty gives no measurement, unless a code says why it is; a
        patient has the visits at which any cell is filled, or a row of their own.
    """
    return _Unfolding(study, grid, targets).done()


class _Unfolding:
    def __init__(self, study: Study, grid: Grid, targets: Sequence[Target]) -> None:
        self.study, self.grid = study, grid
        self.at = {name: place for place, name in enumerate(grid.header)}
        self.targets = [t for t in targets if t.kind not in {"row", "ignored"}]
        self.keys = {t.of: t for t in targets if t.kind == "row"}
        self.made = Unfolded()
        self.kept: dict[tuple[str, Key], tuple[dict[str, str], dict[str, int]]] = {}
        self.sources: dict[tuple[str, Key], dict[str, str]] = {}
        self.seen: dict[Key, int] = {}

    def done(self) -> Unfolded:
        n_repeated = 0
        for row, cells in enumerate(self.grid.rows):
            if REPEATED in self.at and cells[self.at[REPEATED]]:
                n_repeated += 1
                continue
            self._row(row, cells)
        if n_repeated:
            self._warn_repeated(n_repeated)
        for whole, (found, lines) in self.kept.items():
            origin = Origin(self.grid, min(lines.values()), self.sources[whole], lines)
            self.made.tables.setdefault(whole[0], Rows()).add(found, origin)
        return self.made

    def _warn_repeated(self, count: int) -> None:
        self.made.warnings.append(
            CohortFault(
                "cohort",
                0,
                "",
                REPEATED,
                "",
                f"{count} rows of repeated instruments are not read",
                "export them as treatments or adverse_events",
                file=self.grid.file,
                sheet=self.grid.sheet,
            )
        )

    def _key(self, name: str, cells: Sequence[str]) -> str:
        target = self.keys.get(name)
        return cells[self.at[target.name]] if target is not None else ""

    def _visit(self, cells: Sequence[str]) -> str:
        """Return the row's visit: its code as the map, or else a label, says it."""
        code = self._key("visit", cells)
        named = self.study.sources.translated("visit", code)
        target = self.keys.get("visit")
        if named != code or target is None:
            return named
        label = self.grid.labels.get(target.name, {}).get(code, code)
        return self.study.sources.translated("visit", label)

    def _row(self, row: int, cells: Sequence[str]) -> None:
        line = self.grid.lines[row]
        patient = self._key("patient", cells)
        visit = self._visit(cells)
        reader, reading = self._key("reader", cells), self._key("reading", cells)
        key = (patient, visit, reader, reading)
        named = {of: target.name for of, target in self.keys.items()}
        if key in self.seen and patient:
            of_key = [n for n in ROW if n in self.keys]
            self.made.faults.append(
                self._fault(
                    line,
                    patient,
                    ", ".join(named[n] for n in of_key),
                    ", ".join(self._key(n, cells) for n in of_key),
                    f"is already given in row {self.seen[key]}",
                    f"one row a {' and '.join(of_key)}",
                )
            )
            return
        self.seen[key] = line
        self._keep("patients", (patient,), {"patient": patient}, line, named, patient)
        if "visit" in self.keys:
            visited = {"patient": patient, "visit": visit}
            self._keep("visits", (patient, visit), visited, line, named, patient)
        for target in self.targets:
            cell = cells[self.at[target.name]]
            missing = self.grid.missing.get((row, target.name), "")
            if not cell and not missing:
                continue
            own = {"visit": visit, "reader": reader, "reading": reading}
            places = {**{k: v for k, v in own.items() if v}, **target.places}
            self._cell(target, patient, places, cell, missing, line, named)

    def _cell(
        self,
        target: Target,
        patient: str,
        places: Mapping[str, str],
        cell: str,
        missing: str,
        line: int,
        named: Mapping[str, str],
    ) -> None:
        """Keep one filled cell in its table."""
        visit = places.get("visit", "")
        source = {**named, target.of: target.name}
        if target.kind == "patients":
            text = self._level(target, cell, is_text=self._is_text(target.of))
            found = {"patient": patient, target.of: text}
            self._keep("patients", (patient,), found, line, source, patient)
            return
        visited = {"patient": patient, "visit": visit}
        origin = {**source, "visit": named.get("visit", target.name)}
        self._keep("visits", (patient, visit), visited, line, origin, patient)
        if target.kind == "visits":
            found = {**visited, target.of: cell}
            self._keep("visits", (patient, visit), found, line, origin, patient)
        elif target.kind == "measurements":
            found = {**visited, "variable": target.of}
            variable = self.study.variables.get(target.of)
            is_text = variable is not None and bool(variable.levels)
            if is_text:
                found |= {"text": self._level(target, cell, is_text=True)}
            else:
                found |= {"value": cell, "unit": target.unit}
            if missing:
                found["note"] = f"missing in the source: {missing}"
            own = {c: target.name for c in ("variable", "value", "text", "unit")}
            key = (patient, visit, target.of)
            self._keep("measurements", key, found, line, {**origin, **own}, patient)
        else:
            read = {n: places.get(n, "") for n in ("site", "side", "reader", "reading")}
            value = self._level(target, cell, is_text=False)
            found = {**visited, **read, "finding": target.of, "value": value}
            own = {c: target.name for c in ("site", "side", "finding", "value")}
            whole = (patient, visit, target.of, *read.values())
            self._keep("findings", whole, found, line, {**origin, **own}, patient)

    def _is_text(self, column: str) -> bool:
        if column in PATIENTS:
            return True
        variable = self.study.variables.get(column)
        return variable is not None and bool(variable.levels)

    def _level(self, target: Target, cell: str, *, is_text: bool) -> str:
        """Return the level that a code stands for, where a map or a label says it."""
        if cell in target.levels:
            return target.levels[cell]
        if is_text:
            return self.grid.labels.get(target.name, {}).get(cell, cell)
        return cell

    def _keep(
        self,
        table: str,
        key: Key,
        found: dict[str, str],
        line: int,
        source: Mapping[str, str],
        patient: str,
    ) -> None:
        """Join cells that belong to one canonical row; they must not contradict."""
        # Rows without a patient are kept apart: each is a fault of its own.
        whole = (table, key if patient else (*key, str(line)))
        cells, lines = self.kept.setdefault(whole, ({}, {}))
        columns = self.sources.setdefault(whole, {})
        for name, text in found.items():
            if name in cells and cells[name] != text and cells[name] and text:
                self.made.faults.append(
                    self._fault(
                        line,
                        patient,
                        source.get(name, name),
                        text,
                        f"differs from row {lines[name]}",
                        f"one value a {'patient' if table == 'patients' else 'visit'}",
                    )
                )
            elif not cells.get(name):
                cells[name] = text
                lines[name] = line
                columns[name] = source.get(name, name)

    def _fault(
        self, line: int, patient: str, column: str, found: str, what: str, allowed: str
    ) -> CohortFault:
        return CohortFault(
            "cohort",
            line,
            patient,
            column,
            found,
            what,
            allowed,
            file=self.grid.file,
            sheet=self.grid.sheet,
        )
