"""True data, summarised and printed: papers in which nothing is wrong."""

from dataclasses import dataclass, field
from fractions import Fraction
from math import isqrt
from random import Random

import pandas as pd

from rejia.contracts import FACTS
from rejia.study import Structure

ROUNDINGS = ("half_up", "half_even", "half_down")
STEPS = ("1", "0.5", "0.25", "0.125", "0.1", "0.01", "2")


def fact(name: str, statistic: str, printed: str, **columns: str) -> dict[str, str]:
    """Return one row of facts; what is not given is empty."""
    row = dict.fromkeys(FACTS, "")
    row |= {
        "fact": name,
        "analysis": "describe",
        "population": "patients",
        "group": "all",
        "place": "Table 1",
        "statistic": statistic,
        "printed": printed,
    }
    return row | columns


def table(*rows: dict[str, str]) -> pd.DataFrame:
    """Return rows as a table of facts."""
    return pd.DataFrame(rows, columns=list(FACTS))


def rounded(value: Fraction, digits: int, rule: str) -> str:
    """Print a number, rounded exactly."""
    scaled = value * 10**digits
    low, rest = divmod(scaled.numerator, scaled.denominator)
    twice = 2 * rest - scaled.denominator
    whole = low + (twice > 0 or (twice == 0 and _half_goes_up(low, rule)))
    return _point(whole, digits)


def rounded_root(square: Fraction, digits: int, rule: str) -> str:
    """Print a square root, rounded exactly: squares are compared, not roots."""
    scaled = square.numerator * 100**digits
    low = isqrt(scaled // square.denominator)
    twice = 4 * scaled - (2 * low + 1) ** 2 * square.denominator
    whole = low + (twice > 0 or (twice == 0 and _half_goes_up(low, rule)))
    return _point(whole, digits)


def _half_goes_up(low: int, rule: str) -> bool:
    """Say whether the half above `low` is printed as the next whole number."""
    if rule == "half_even":
        return low % 2 == 1
    return (low >= 0) == (rule == "half_up")


def _point(whole: int, digits: int) -> str:
    text = f"{abs(whole):0{digits + 1}d}"
    if digits:
        text = f"{text[:-digits]}.{text[-digits:]}"
    return ("-" if whole < 0 else "") + text


def mean(values: list[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def variance(values: list[Fraction], lost: int = 1) -> Fraction:
    centre = mean(values)
    squares = sum(((v - centre) ** 2 for v in values), Fraction(0))
    return squares / (len(values) - lost)


@dataclass
class Paper:
    """How one paper is made: its groups, its lattice, its digits, its rounding."""

    random: Random
    sizes: dict[str, int]
    step: Fraction
    low: int
    high: int
    rule: str
    digits: int
    sd_digits: int
    missing: float = 0.0
    rows: list[dict[str, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.sizes.values())

    def values(self, size: int) -> list[Fraction]:
        """Draw values on the lattice: even, skewed, of two kinds, or all the same."""
        kind = self.random.choice(("even", "zeros", "ends", "constant", "near"))
        low, high = self.low, self.high
        middle = self.random.randint(low, high)
        drawn = {
            "even": lambda: self.random.randint(low, high),
            "zeros": lambda: (
                low if self.random.random() < 0.8 else self.random.randint(low, high)
            ),
            "ends": lambda: self.random.choice((low, high)),
            "constant": lambda: middle,
            "near": lambda: min(high, max(low, middle + self.random.randint(-1, 1))),
        }[kind]
        return [drawn() * self.step for _ in range(size)]

    def observed(self, values: list[Fraction]) -> list[Fraction]:
        """Lose some values, never all."""
        kept = [v for v in values if self.random.random() >= self.missing]
        return kept or values[:1]

    def cohort(self, place: str = "Table 1") -> None:
        """Print the sizes."""
        for group, size in [*self.sizes.items(), ("all", self.total)]:
            name = f"n_{group}_{place}".lower().replace(" ", "_")
            self.rows.append(
                fact(name, "n", str(size), outcome="cohort", group=group, place=place)
            )

    def summarise(
        self, outcome: str, group: str, values: list[Fraction], **columns: str
    ) -> None:
        """Print mean and SD of some values."""
        tag = "_".join([outcome, group, *columns.values()]).lower().replace(" ", "_")
        tag = tag.replace("+", "")
        columns = {"outcome": outcome, "group": group} | columns
        self.rows.append(
            fact(
                f"{tag}_mean",
                "mean",
                rounded(mean(values), self.digits, self.rule),
                **columns,
            )
        )
        if len(values) > 1:
            self.rows.append(
                fact(
                    f"{tag}_sd",
                    "sd",
                    rounded_root(variance(values), self.sd_digits, self.rule),
                    **columns,
                )
            )

    def facts(self) -> pd.DataFrame:
        return table(*self.rows)


@dataclass
class Writer:
    """Prints true values by one rule of rounding."""

    random: Random
    rule: str
    numbers: bool  # whether the number of values is printed with each summary
    rows: list[dict[str, str]] = field(default_factory=list)

    def put(self, statistic: str, text: str, **columns: str) -> None:
        name = f"f{len(self.rows)}_{statistic}"
        self.rows.append(fact(name, statistic, text, **columns))

    def number(
        self, statistic: str, value: Fraction | float, digits: int, **columns: str
    ) -> None:
        self.put(statistic, rounded(Fraction(value), digits, self.rule), **columns)

    def p(self, value: float, **columns: str) -> None:
        """Print p, or that it is below a limit."""
        for limit in ("0.001", "0.01", "0.05"):
            if value < float(limit) and self.random.random() < 0.4:
                self.put("p_value", f"<{limit}", **columns)
                return
        self.number("p_value", value, self.random.choice((2, 3, 4)), **columns)

    def summary(self, values: list[Fraction], digits: int, **columns: str) -> None:
        """Print mean and SD; sometimes again in the text, in other digits."""
        if not values:
            return
        if self.numbers:
            self.put("denominator", str(len(values)), **columns)
        self.number("mean", mean(values), digits, **columns)
        if len(values) > 1:
            square = variance(values)
            self.put("sd", rounded_root(square, digits, self.rule), **columns)
        if self.random.random() < 0.2:
            again = columns | {"place": "Text"}
            other = self.random.choice((digits, max(digits - 1, 0), digits + 1))
            self.number("mean", mean(values), other, **again)
            if len(values) > 1:
                text = rounded_root(variance(values), other, self.rule)
                self.put("plus_minus", text, **again)

    def share(self, count: int, of: int, digits: int, **columns: str) -> None:
        self.put("n", str(count), **columns)
        if of:
            self.number("percent", Fraction(100 * count, of), digits, **columns)


def paper(seed: int, *, missing: float = 0.0, largest: int = 25) -> Paper:
    """Draw how a paper is made."""
    random = Random(seed)
    groups = random.sample("ABCDE", random.randint(2, 4))
    low = random.choice((0, 0, 0, -20, 3))
    return Paper(
        random=random,
        sizes={group: random.randint(1, largest) for group in sorted(groups)},
        step=Fraction(random.choice(STEPS)),
        low=low,
        high=low + random.choice((1, 2, 5, 20, 100, 700)),
        rule=random.choice(ROUNDINGS),
        digits=random.choice((0, 1, 1, 2, 3)),
        sd_digits=random.choice((0, 1, 1, 2, 3)),
        missing=missing,
    )


def structure(made: Paper, **fields: object) -> Structure:
    """Return the structure of a paper."""
    return Structure.model_validate({"partitions": [tuple(made.sizes)], **fields})


def alarms(audited: pd.DataFrame, *rules: str) -> list[str]:
    """Return the inconsistent rows of some rules, for a readable failure."""
    red = audited[audited["verdict"] == "inconsistent"]
    if rules:
        red = red[red["rule"].isin(rules)]
    return [f"{r.id}: {r.arithmetic} ({r.under})" for r in red.itertuples()]


def proofs(audited: pd.DataFrame) -> list[str]:
    """Return the inconsistent rows at evidence proof."""
    return alarms(audited[audited["evidence"] == "proof"])
