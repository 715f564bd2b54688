"""Facts and structure as cells and constraints, in exact arithmetic."""

from rejia.constraints.cells import Cell, Cells, read_cells
from rejia.constraints.intervals import Interval, sqrt_high, sqrt_low
from rejia.constraints.sizes import Size, Sizes

__all__ = [
    "Cell",
    "Cells",
    "Interval",
    "Size",
    "Sizes",
    "read_cells",
    "sqrt_high",
    "sqrt_low",
]
