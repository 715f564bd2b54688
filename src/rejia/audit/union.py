"""A total and the groups that make it up."""

from dataclasses import dataclass
from fractions import Fraction

from rejia.audit.finding import Lookup
from rejia.constraints import Cell, Interval, Size

COMPLETE = "complete data"
ANY_MISSING = "any number of values missing in each group"


@dataclass(frozen=True, slots=True)
class Read:
    """
    The cells of a union, looked up.

    Attributes
    ----------
    total : Cell
        Mean or SD of the union.
    means, sds : list of Cell
        Of the groups.
    ns : list of int
        Group sizes.
    """

    total: Cell
    means: list[Cell]
    sds: list[Cell]
    ns: list[int]

    @property
    def n(self) -> int:
        """Size of the union."""
        return sum(self.ns)

    @property
    def windows(self) -> list[Interval]:
        """What the groups' means stand for."""
        return [mean.window for mean in self.means]

    @property
    def spreads(self) -> list[Interval]:
        """What the groups' SDs stand for."""
        return [sd.window for sd in self.sds]

    @property
    def centre(self) -> Fraction:
        """Mean of the union if the printed digits were exact."""
        pairs = zip(self.ns, self.means, strict=True)
        return sum((k * m.value for k, m in pairs), Fraction(0)) / self.n


@dataclass(frozen=True, slots=True)
class Union:
    """
    Facts of a total and of the groups that make it up.

    Attributes
    ----------
    total : str
        Fact of the total's mean or SD.
    means, sds : tuple of str
        Facts of the groups; `sds` empty for a check of means.
    sizes : tuple of Size
        Of the groups.
    slug : str
        Second half of the check's identifier.
    """

    total: str
    means: tuple[str, ...]
    sds: tuple[str, ...]
    sizes: tuple[Size, ...]
    slug: str

    @property
    def facts(self) -> tuple[str, ...]:
        """All facts that are read."""
        sizes = tuple(size.fact for size in self.sizes if size.fact)
        return (self.total, *self.means, *self.sds, *sizes)

    @property
    def declared(self) -> bool:
        """Whether every size is that of the values themselves."""
        return all(size.declared for size in self.sizes)

    @property
    def exact(self) -> bool:
        """Whether no value may be missing, either."""
        return all(size.exact for size in self.sizes)

    def read(self, cells: Lookup) -> Read:
        """Look the facts up."""
        return Read(
            cells[self.total],
            [cells[fact] for fact in self.means],
            [cells[fact] for fact in self.sds],
            [size.of(cells) for size in self.sizes],
        )
