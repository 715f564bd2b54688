"""
Many small sets of true data in one table of facts, for the trust of the audit.

A `Source` makes data sets, prints their summaries, and says which rules read them. Each
data set has keys of its own (population, outcome, place), so that one table holds many,
and is either *strict* (whatever the rules assume holds: no row may be red) or *loose*
(values missing without a word, population SDs, other tests: no row may be a proof).
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import isnan
from random import Random

from audit_papers import ROUNDINGS, fact, rounded, rounded_root, table
from rejia.audit.context import Context
from rejia.audit.finding import INCONSISTENT, NOT_CHECKABLE, PROOF, Check, Outcome
from rejia.constraints import Cell
from rejia.study import Structure

STEPS = ("1", "1", "0.5", "0.25", "0.125", "0.1", "0.01", "2", "5", "0.05")
# Labels of a partition into two, three and four groups; no label is in two of them.
PARTITIONS = (("P1", "P2"), ("T1", "T2", "T3"), ("Q1", "Q2", "Q3", "Q4"))
MERGES = {"T1+T2": ("T1", "T2"), "Q1+Q3": ("Q1", "Q3"), "Q2+Q3+Q4": PARTITIONS[2][1:]}
KINDS = ("complete", "complete", "printed", "silent", "silent", "divisor")
WHOLE = ("complete", "divisor")
STRICT = ("complete", "printed", "known")
BATCH = 25
_MOST_TEETH = 100
_MOST_TOLD = 10


@dataclass
class DataSet:
    """
    One data set: how it is printed, and the facts that print it.

    Attributes
    ----------
    batch : Batch
        That holds it.
    tag : str
        Prefix of its facts, and the end of its names.
    kind : str
        ``complete`` (declared so), ``printed`` (with numbers of values), ``divisor``
        (complete, SDs with divisor n) or ``silent`` (values missing without a word,
        either divisor).
    rule : str
        How halves are rounded.
    lost : int
        What is taken off the divisor of its SDs.
    """

    batch: "Batch"
    tag: str
    kind: str
    rule: str
    lost: int
    count: int = 0

    @property
    def random(self) -> Random:
        return self.batch.random

    @property
    def population(self) -> str:
        return f"p_{self.tag}"

    def name(self, word: str) -> str:
        """Return a name that no other data set has."""
        return f"{word}_{self.tag}"

    def put(self, statistic: str, text: str, **columns: str) -> None:
        own = {"population": self.population, "place": f"Table {self.tag}"} | columns
        self.count += 1
        name = f"{self.tag}_{self.count}_{statistic}"
        self.batch.rows.append(fact(name, statistic, text, **own))

    def number(
        self, statistic: str, value: Fraction, digits: int, **columns: str
    ) -> None:
        self.put(statistic, rounded(value, digits, self.rule), **columns)

    def root(
        self, statistic: str, square: Fraction, digits: int, **columns: str
    ) -> None:
        self.put(statistic, rounded_root(square, digits, self.rule), **columns)

    def size(self, count: int, **columns: str) -> None:
        """Print the size of a group."""
        self.put("n", str(count), outcome="cohort", **columns)

    def summary(
        self,
        values: list[int],
        step: Fraction,
        digits: int,
        *,
        spread: bool = True,
        **columns: str,
    ) -> None:
        """Print mean and SD of whole numbers of steps, and how many where it is due."""
        if not values:
            return
        if self.kind == "printed":
            statistic = self.random.choice(("n", "denominator"))
            self.put(statistic, str(len(values)), **columns)
        self.number("mean", mean(values) * step, digits, **columns)
        if spread and len(values) > 1:
            self.root("sd", self.square(values, step), self.digits(digits), **columns)

    def square(self, values: list[int], step: Fraction) -> Fraction:
        """Return the square of the SD."""
        return variance(values, self.lost) * step * step

    def digits(self, digits: int) -> int:
        """Return as many digits, or sometimes one more or one fewer."""
        return max(0, digits + self.random.choice((0, 0, 0, -1, 1)))

    def observed(self, values: list[int]) -> list[int]:
        """Lose some values, perhaps all, unless the data are complete."""
        if self.kind in WHOLE or self.random.random() < 0.4:
            return values
        share = self.random.choice((0.0, 0.05, 0.3, 0.9))
        if not share:
            return self.random.sample(values, len(values) - 1)
        return [v for v in values if self.random.random() >= share]

    def declare(self, name: str, value: object) -> None:
        """Declare something in the structure that the data sets share."""
        held = self.batch.declared.setdefault(name, type(value)())
        if isinstance(held, dict):
            held.update(value)
        else:
            held.extend(value)

    def complete(self) -> None:
        """Declare that no value is missing, where none is."""
        if self.kind in WHOLE:
            self.declare("complete", [self.population])

    def spares(self, *rules: str) -> None:
        """Say which rules assume something that does not hold here."""
        self.batch.loose |= {(self.tag, rule) for rule in rules}


@dataclass
class Batch:
    """Data sets that share a table and a structure."""

    random: Random
    rows: list[dict[str, str]] = field(default_factory=list)
    declared: dict[str, object] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    loose: set[tuple[str, str]] = field(default_factory=set)

    def begin(self, *kinds: str) -> DataSet:
        """Start a data set of one of some kinds."""
        tag = f"d{len(self.kinds)}"
        kind = self.random.choice(kinds or KINDS)
        self.kinds[tag] = kind
        lost = {"divisor": 0, "silent": self.random.randint(0, 1)}.get(kind, 1)
        return DataSet(self, tag, kind, self.random.choice(ROUNDINGS), lost)

    def strict(self, tag: str, rule: str) -> bool:
        return self.kinds[tag] in STRICT and (tag, rule) not in self.loose

    def context(self) -> Context:
        structure = Structure.model_validate(self.declared)
        return Context.of(table(*self.rows), structure)


@dataclass(frozen=True)
class Source:
    """
    True data for some rules.

    Attributes
    ----------
    name : str
        Of the test.
    families : tuple of callable
        What makes the checks.
    rules : tuple of str
        Rules that it puts to the test: the audit emits no rule that is in no source.
    make : callable
        Adds one data set to a batch.
    start : callable or None
        Declares what all data sets of a batch share.
    """

    name: str
    families: tuple[Callable[[Context], Iterator[Check]], ...]
    rules: tuple[str, ...]
    make: Callable[[Batch], None]
    start: Callable[[Batch], None] | None = None


@dataclass
class Tally:
    """What came of it: data sets judged, false alarms, and teeth, by rule."""

    judged: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    alarms: list[str] = field(default_factory=list)


def try_out(source: Source, wanted: int, seed: int = 0) -> Tally:
    """Make true data until each rule has judged so many sets; stop at the alarms."""
    tally = Tally()
    for number in range(4 * wanted // BATCH + 4):
        if all(tally.judged[rule] >= wanted for rule in source.rules):
            break
        _try_batch(source, f"{source.name}-{seed}-{number}", tally)
        if len(tally.alarms) > 20:
            break
    return tally


def make_batch(source: Source, seed: str) -> Batch:
    """Make one table of data sets; the seed is told with every alarm."""
    batch = Batch(Random(seed))
    if source.start is not None:
        source.start(batch)
    for _ in range(BATCH):
        source.make(batch)
    return batch


def _try_batch(source: Source, seed: str, tally: Tally) -> None:
    batch = make_batch(source, seed)
    context = batch.context()
    cells = context.cells.by_fact
    judged: set[tuple[str, str]] = set()
    for family in source.families:
        for check in family(context):
            tags = {name.partition("_")[0] for name in check.facts}
            assert len(tags) == 1, f"{seed}: {check.name} mixes {sorted(tags)}"
            tag = tags.pop()
            outcome = check.evaluate(cells)
            if outcome.verdict == NOT_CHECKABLE:
                continue
            judged.add((tag, check.rule))
            if outcome.verdict == INCONSISTENT and (
                outcome.evidence == PROOF or batch.strict(tag, check.rule)
            ):
                tally.alarms.append(_told(seed, batch, tag, check, outcome))
            if tally.changed[check.rule] < _MOST_TEETH:
                _bite(check, cells, batch.random, tally)
    tally.judged.update(rule for _, rule in judged)


def _told(seed: str, batch: Batch, tag: str, check: Check, outcome: Outcome) -> str:
    printed = ", ".join(
        " ".join(row[c] for c in ("fact", "group", "outcome", "level", "printed"))
        for row in batch.rows
        if row["fact"] in check.facts
    )
    return (
        f"{seed} {check.name} ({batch.kinds[tag]}, {outcome.evidence}): "
        f"{outcome.arithmetic} ({outcome.under}) from {printed}"
    )


def _bite(check: Check, cells: dict[str, Cell], random: Random, tally: Tally) -> None:
    """Change one digit of the number held; count whether the rule refuses it."""
    text = changed_digit(cells[check.held], random)
    other = cells | {check.held: cells[check.held].reprinted(text)}
    if check.rule == "unit":
        other = cells | {check.held: replace(cells[check.held], unit="other")}
    outcome = check.evaluate(other)
    red = outcome.verdict == INCONSISTENT
    assert check.passes is None or check.passes(other) is not red, check.name
    assert isnan(outcome.power) or 0 <= outcome.power <= 1, check.name
    if red and tally.refused[check.rule] < _MOST_TOLD:
        assert all(tuple(outcome.explain())), check.name
    tally.changed[check.rule] += 1
    tally.refused[check.rule] += red


def changed_digit(cell: Cell, random: Random) -> str:
    """Return what is printed with one digit changed."""
    text = cell.printed
    place = random.choice([i for i, letter in enumerate(text) if letter.isdigit()])
    other = random.choice([d for d in "0123456789" if d != text[place]])
    return text[:place] + other + text[place + 1 :]


def mean(values: list[int]) -> Fraction:
    return Fraction(sum(values), len(values))


def variance(values: list[int], lost: int = 1) -> Fraction:
    n, total = len(values), sum(values)
    squares = sum(v * v for v in values)
    return Fraction(n * squares - total * total, n * (n - lost))


def draw_size(random: Random, largest: int = 200) -> int:
    """Draw a number of rows: one, a few, or many."""
    return random.randint(1, min(largest, random.choice((2, 5, 12, 40, 200))))


def draw_lattice(random: Random) -> tuple[Fraction, int, int]:
    """Draw the step that values are recorded in, and the ends of their scale in it."""
    low = random.choice((0, 0, 0, 1, -20, 37))
    width = random.choice((1, 2, 4, 10, 71, 700, 20_000))
    return Fraction(random.choice(STEPS)), low, low + width


def draw_values(random: Random, size: int, low: int, high: int) -> list[int]:
    """Draw whole numbers: even, zeros, both ends, tied, near, all the same, skewed."""
    middle = random.randint(low, high)
    kind = random.choice(("even", "zeros", "ends", "tied", "near", "same", "skewed"))
    if kind == "even":
        return random.choices(range(low, high + 1), k=size)
    if kind == "skewed":
        values = [min(high, low + int(random.expovariate(1))) for _ in range(size)]
        values[0] = high
        return values
    pool = {
        "zeros": [low] * random.choice((4, 20)) + [middle],
        "ends": [low, high],
        "tied": [low, middle, random.randint(low, high)],
        "near": [max(low, middle - 1), middle, min(high, middle + 1)],
        "same": [middle],
    }[kind]
    return random.choices(pool, k=size)
