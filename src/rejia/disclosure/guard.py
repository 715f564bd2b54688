"""Which rows tell of a small count: shown, left over, or solved from estimates."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isnan, nan

from rejia.disclosure.levels import Counts, left_over, of_other_units
from rejia.disclosure.nesting import Known, Shown, closed, only, small_needs
from rejia.disclosure.partners import with_partners
from rejia.disclosure.reading import (
    EVERYONE,
    UNGROUPED,
    Block,
    Needs,
    Reading,
    Row,
    at_hand,
    number,
)
from rejia.disclosure.subtraction import Counted, follows, is_small, tells
from rejia.disclosure.told import (
    QUANTILES,
    few_signs,
    fewest_patients_beyond,
    levels_told,
    two_by_two,
)
from rejia.study import Study

# An extreme is one patient's value, however large the group.
EXTREMES = ("min", "max")
# Events add up over their terms: all of them minus those shown are those withheld.
_EVENTS = "adverse_events"
_MODEL = "odds_ratio"
# Where an odds ratio leaves several tables, each is asked for itself.
_TABLE = "table "


class Guard:
    """
    Decides which rows tell of a small count.

    Parameters
    ----------
    study : Study
        Its groups, variables, analyses and equations.
    min_cell : int
        Smallest count that may be known.
    rows : sequence of mapping
        Rows of the plan's groups.
    """

    def __init__(self, study: Study, min_cell: int, rows: Sequence[Row]) -> None:
        self._min_cell = min_cell
        self._reading = Reading(study)
        self._size_of = self._sizes_of(rows)
        self._sds = {_subject(r): number(r["estimate"]) for r in rows if _is(r, "sd")}
        self._tiers = _tiers(study, self._reading)
        # From the first tier of which a size is small all are closed, but for everyone.
        self._n_open = len(self._tiers)
        while True:
            self._sizes = self._sizes_by_kind()
            self._there = closed(self._there_of(rows), self._sizes)
            self._take_over_sizes()
            n_open = self._n_without_small_sizes()
            if n_open == self._n_open:
                break
            self._n_open = n_open
        self._counts = self._counts_of(rows)
        means = [r for r in rows if _is(r, "mean") and self._is_open(r)]
        self._small: list[tuple[set[tuple[Block, Needs]], set[Block]]] = []
        for tier in self._tiers[: self._n_open]:
            self._small.append(self._withheld(study, rows, means, tier))

    def _withheld(
        self, study: Study, rows: Sequence[Row], means: Sequence[Row], tier: Shown
    ) -> tuple[set[tuple[Block, Needs]], set[Block]]:
        """Return what to withhold where only the counts of a tier are shown."""
        needs = small_needs(self._there, self._sizes, self._min_cell, shown=tier)
        counts = [*self._counts.items(), *left_over(self._reading, rows)]
        counts += of_other_units(self._reading, rows)
        small = {
            block
            for (block, _), known in counts
            if tells(only(known, tier), self._min_cell)
        }
        if self._small:
            # A partner of an earlier tier would follow from its groups.
            small |= self._small[-1][1]
        hidden = {self._reading.block(r) for r in means if self._key_of(r) in needs}
        return needs, with_partners(study, self._reading, means, small, hidden)

    def withholds(self, row: Row) -> bool:
        """Say whether a row must be withheld."""
        if not self._is_open(row):
            return True
        needs, small = self._small[self._tier(row)]
        return (
            row["statistic"] in EXTREMES
            or self._is_of_few(row)
            or self._key_of(row) in needs
            or self._of_patients(row) in needs
            or self._reading.block(row) in small
            or _sums_small(row, small)
            or self._is_untold(row)
        )

    def _tier(self, row: Row) -> int:
        """Return the first tier that shows the groups of a row."""
        sides = [self._reading.named(str(row["reference"]))]
        sides.append(self._reading.named(str(row["group"]) or EVERYONE))
        return next(
            place
            for place, tier in enumerate(self._tiers)
            if all(not side or side in tier for side in sides)
            or place == len(self._tiers) - 1
        )

    def shows_regrouped(self, row: Row, scenarios: set[str]) -> bool:
        """Say whether a row of other groups may be shown; its counts may not."""
        names = {str(row["outcome"]), str(row["term"])}
        indicators = self._reading.indicators
        categories = {*indicators, *indicators.values()}
        is_category = bool(names & categories) or row["level"] != ""
        return str(row["scenario"]) in scenarios and not is_category

    def _is_open(self, row: Row) -> bool:
        """Say whether groups as fine as those of a row may be shown."""
        return self._tier(row) < self._n_open

    def _is_of_few(self, row: Row) -> bool:
        """Say whether a quantile has fewer patients beyond it than may be told."""
        quantile = QUANTILES.get(str(row["statistic"]))
        n = number(row["n"])
        if quantile is None or isnan(n):
            return False
        return 0 < fewest_patients_beyond(n, quantile) < self._min_cell

    def _is_untold(self, row: Row) -> bool:
        """
        Say whether a row tells counts that nothing here vouches for.

        A rank sum tells the sizes of its two samples, and a model of indicators its
        table; where no other row counts them, nobody knows whether they are small.
        """
        if row["reference"] == "":
            return False
        sides = [self._reading.named(str(row[name])) for name in ("group", "reference")]
        if row["statistic"] == _MODEL:
            names = self._reading.predictors(row)
            binary = [name for name in names if name in self._reading.indicators]
            if len(names) > 1 and len(binary) == len(names):
                return True
            told = [self._split(name) for name in binary] if len(names) > 1 else []
            return any(isnan(follows(known, of)) for known in told for of in sides)
        there = self._there.get(self._of_patients(row), [])
        sizes = self._sizes.get(self._reading.of_size(row)[0], [])
        known = sizes if number(row["n_missing"]) == 0 else there
        return any(
            isnan(follows(known, of)) and isnan(follows(there, of)) for of in sides
        )

    def _split(self, name: str) -> list[Counted]:
        """Return in which groups how many have an indicator."""
        return [
            counted
            for (_, kind), counts in self._counts.items()
            if kind[2:] == ("indicator", name)
            for counted in counts
        ]

    def _of_patients(self, row: Row) -> tuple[Block, Needs]:
        return (str(row["population"]),), self._reading.needs(row)

    def _key_of(self, row: Row) -> tuple[Block, Needs]:
        # Pairs of readings are no patients: nothing is known of those left out.
        is_counted = not isnan(number(row["n_missing"]))
        own = () if is_counted else (str(row["analysis"]), str(row["level"]))
        return (str(row["population"]), *own), self._reading.needs(row)

    def _sizes_of(
        self, rows: Sequence[Row]
    ) -> dict[tuple[Block, frozenset[str]], float]:
        """
        Return the size of each group that rows tell.

        A test that drops zeros, or a class of joints, counts fewer than its group.
        """
        sizes: dict[tuple[Block, frozenset[str]], float] = {}
        for row in rows:
            n, missing = number(row["n"]), number(row["n_missing"])
            if at_hand(n, missing):
                key = self._reading.of_size(row)
                sizes[key] = max(n + missing, sizes.get(key, 0.0))
        return sizes

    def _sizes_by_kind(self) -> dict[Block, list[Counted]]:
        """Return the sizes of groups of open tiers."""
        sizes: dict[Block, list[Counted]] = {}
        for (kind, of), size in self._size_of.items():
            if of in self._tiers[self._n_open - 1]:
                sizes.setdefault(kind, []).append((of, size))
        return sizes

    def _take_over_sizes(self) -> None:
        """Add the sizes that follow: of values that nobody lacks, all are counted."""
        for (population, needs), counts in self._there.items():
            if not needs and len(population) == 1:
                sizes = self._sizes.setdefault((*population, ""), [])
                sizes += [counted for counted in counts if counted not in sizes]

    def _n_without_small_sizes(self) -> int:
        """Return how many tiers tell no small size; everyone's rows see to theirs."""
        for place in range(1, self._n_open):
            known = (only(s, self._tiers[place]) for s in self._sizes.values())
            if any(tells(counts, self._min_cell) for counts in known):
                return place
        return self._n_open

    def _there_of(self, rows: Sequence[Row]) -> Known:
        """Return of how many patients of which groups some values are there."""
        there: Known = {}
        for row in rows:
            n, missing = number(row["n"]), number(row["n_missing"])
            if not self._is_open(row) or isnan(n):
                continue
            known = there.setdefault(self._key_of(row), [])
            if row["statistic"] == _MODEL:
                events = number(row["n_events"])
                known.append((self._reading.named(str(row["group"])), events))
                known.append((self._reading.named(str(row["reference"])), n - events))
                known.append((self._reading.of(row), n))
            else:
                size = self._size_of.get(self._reading.of_size(row), nan)
                count = size - missing if at_hand(size, missing) else n
                known.append((self._reading.of(row), count))
        return there

    def _counts_of(self, rows: Sequence[Row]) -> Counts:
        """Return every other count that rows tell, by block and kind."""
        counts: Counts = {}
        for row in rows:
            if self._is_open(row):
                block = self._reading.block(row)
                for kind, counted in self._counted(row):
                    counts.setdefault((block, kind), []).append(counted)
        for (block, kind), counted_so in list(counts.items()):
            if kind[-1].startswith(_TABLE):
                # One of several tables is the true one; others may contradict counts.
                known = counts.get((block, kind[:-1]), [])
                if _agree(known, counted_so):
                    counts[block, kind] = [*known, *counted_so]
                else:
                    del counts[block, kind]
        return counts

    def _counted(self, row: Row) -> Iterator[tuple[Block, Counted]]:
        """Give the counts of a row that are no count of patients with a value."""
        of = self._reading.of(row)
        kind = (str(row["population"]), str(row["score_version"]))
        if row["statistic"] == _MODEL:
            yield from self._of_table(row, kind)
            return
        n, events = number(row["n"]), number(row["n_events"])
        level: Block = (str(row["analysis"]), str(row["level"]))
        of_level = str(row["outcome"]), str(row["level"])
        if of_level in self._reading.indicator_at:
            level = ("indicator", self._reading.indicator_at[of_level])
        if str(row["outcome"]) in self._reading.indicators and _is(row, "mean"):
            events = round(n * number(row["estimate"])) if n else nan
            level = ("indicator", str(row["outcome"]))
        size = self._size_of.get(self._reading.of_size(row), nan)
        dropped = size - n - number(row["n_missing"])
        if dropped:
            yield (*kind, *level, "dropped"), (of, dropped)
            yield (*kind, *level, "here"), (of, n)
        yield (*kind, *level), (of, events)
        yield (*kind, *level, "without"), (of, n - events)
        if _is(row, "w_plus"):
            few = few_signs(number(row["estimate"]), n, self._min_cell)
            yield (*kind, *level, "signs"), (of, 1.0 if few else nan)
        if _is(row, "mean") and row["ref_visit"] == "":
            yield from self._of_moments(row, kind)

    def _of_table(self, row: Row, kind: Block) -> Iterator[tuple[Block, Counted]]:
        """Give the counts of the table that an odds ratio is solved for."""
        if row["adjusted_for"] != "":
            return
        n, events = number(row["n"]), number(row["n_events"])
        ratio, error = number(row["estimate"]), number(row["std_error"])
        tables = two_by_two(ratio, error, n, events)
        others = n - events
        here, there = (
            self._reading.named(str(row[name])) for name in ("group", "reference")
        )
        name = str(row["term"])
        is_indicator = name in self._reading.indicators
        level = ("indicator" if is_indicator else "table", name)
        for a, b in tables:
            cells = (a, b, events - a, others - b)
            if any(is_small(cell, self._min_cell) for cell in cells):
                yield (*kind, "table", name, "small"), (here, 1.0)
        for place, (a, b) in enumerate(tables):
            which = () if len(tables) == 1 else (f"{_TABLE}{place}",)
            for of, exposed, size in ((here, a, events), (there, b, others)):
                yield (*kind, *level, *which), (of, float(exposed))
                yield (*kind, *level, "without", *which), (of, size - exposed)

    def _of_moments(self, row: Row, kind: Block) -> Iterator[tuple[Block, Counted]]:
        """Give the counts of grades that mean and SD tell."""
        lattice = self._reading.lattice(row)
        if lattice is None:
            return
        low, step, high = lattice
        n, mean = number(row["n"]), number(row["estimate"])
        sd = self._sds.get(_subject(row), nan)
        told = levels_told(n, mean, sd, low=low, step=step, high=high)
        for what, fewest, most in told:
            is_few = fewest > 0 and most < self._min_cell
            if fewest == most or is_few:
                yield (*kind, "grade", what), (self._reading.of(row), float(fewest))


def _tiers(study: Study, reading: Reading) -> list[Shown]:
    """
    Return which groups are shown, the fewest first, each with those before.

    Everyone; the first merge of groups and the other groups together; all groups. What
    is small in a tier is withheld of what that tier adds, and of all that follow.
    """
    everyone = reading.parts[EVERYONE]
    plain = everyone - {UNGROUPED}
    tiers = [frozenset({everyone})]
    if study.groups is not None:
        for merge in list(study.groups.merges)[:1]:
            one = reading.parts[merge]
            tiers.append(frozenset({everyone, plain, one, plain - one}))
        atoms = sorted(everyone)
        every = (
            frozenset(chosen)
            for size in range(1, len(atoms) + 1)
            for chosen in combinations(atoms, size)
        )
        tiers.append(frozenset(every))
    return tiers


def _agree(known: Sequence[Counted], others: Sequence[Counted]) -> bool:
    """Say whether counts do not contradict what follows from known ones."""
    told = ((follows(known, of), count) for of, count in others)
    return all(isnan(found) or abs(found - count) < 0.5 for found, count in told)


def _sums_small(row: Row, small: set[Block]) -> bool:
    """Say whether a row sums events of which some may not be shown."""
    if row["outcome"] != _EVENTS or row["component"] != "":
        return False
    return any(block[0] == _EVENTS for block in small)


def _is(row: Row, statistic: str) -> bool:
    return row["statistic"] == statistic


def _subject(row: Row) -> tuple[str, ...]:
    """Return what mean and SD of the same values share."""
    names = ("scenario", "analysis", "population", "outcome", "component", "visit")
    return tuple(str(row[name]) for name in (*names, "ref_visit", "group"))
