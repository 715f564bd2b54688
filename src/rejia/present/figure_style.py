"""How figures look: journal widths, colours that survive colour blindness and grey."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

ONE_COLUMN, TWO_COLUMNS = 3.35, 6.85
INK, SOFT, GRID, SHADE = "#1b1f24", "#57606a", "#d5dae0", "#e3edf5"
# Okabe and Ito, dark enough on white; each goes with a marker of its own.
COLOURS = ("#0072b2", "#d55e00", "#007a5c", "#a3447f", "#8a6d00", "#3a3a3a")
MARKERS = ("o", "s", "D", "^", "v", "P")
FILLS = {
    "inconsistent": "#e8735a",
    "consistent_by_rounding": "#f6cf66",
    "consistent": "#a9cfea",
    "not_checkable": "#d4d8dc",
    "": "#ffffff",
}
RC: Any = {
    "font.family": ["DejaVu Sans"],
    "font.size": 7.5,
    "axes.titlesize": 8.5,
    "axes.labelsize": 7.5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.3,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "rejia",
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "path.simplify": False,
    "text.usetex": False,
    "text.parse_math": False,
}


def new_figure(width: float, height: float, words: str) -> Figure:
    """
    Return an empty figure that carries its own description.

    Parameters
    ----------
    width, height : float
        Inches.
    words : str
        Text for who cannot see it; it becomes the title in the file.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(width, height))
    figure.set_label(words)
    return figure


def inch_axes(figure: Figure) -> Axes:
    """Return axes over the whole figure, in inches, y downwards, without frame."""
    width, height = figure.get_size_inches()
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    return axes
