"""How often a p-value lies on its printed side of the level of significance."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from rejia.present.attained import Cuts

LEVEL = 0.05
# Best first.
STANDINGS = ("forced", "typical", "mostly", "law_dependent", "seldom", "rare", "never")


def side_of(low: float, high: float, level: float = LEVEL) -> str:
    """
    Say on which side of the level a printed p-value lies.

    Parameters
    ----------
    low, high : float
        What it stands for.
    level : float
        Level of significance.

    Returns
    -------
    str
        ``below``, ``above``, or nothing where the digits leave it open.

    Examples
    --------
    >>> side_of(0.0335, 0.0345), side_of(0.1895, 0.1905), side_of(0.045, 0.055)
    ('below', 'above', '')
    """
    if high < level or (high == level and low < 0):
        return "below"
    return "above" if low >= level else ""


def standing_of(
    side: str, hull: tuple[float, float], laws: Iterable[Cuts], level: float = LEVEL
) -> str:
    """
    Say how often p lies on a side of the level.

    Parameters
    ----------
    side : str
        ``below`` or ``above`` (at the level is above).
    hull : tuple of float
        Smallest and largest p that was attainable.
    laws : iterable of Cuts
        Quantiles of p under each law.
    level : float
        Level of significance.

    Returns
    -------
    str
        ``forced``: in every cohort that was found. ``typical``: in at least 99.5 %
        under every law. ``mostly``: in at least half, under every law. ``seldom``: in
        less than half. ``rare``: in at most 0.5 %. ``never``: in none.
        ``law_dependent``: in at least half under some laws only.

    Examples
    --------
    >>> standing_of("below", (0.001, 0.13), [Cuts(0.008, 0.02, 0.06)])
    'mostly'
    """
    cuts = list(laws)
    if side == "above":
        ends = [(-high, -low) for low, high in [hull]]
        cuts = [Cuts(-cut.high, -cut.middle, -cut.low) for cut in cuts]
        (low, high), inside = ends[0], partial(_at_most, -level)
    else:
        (low, high), inside = hull, partial(_below, level)
    if inside(high):
        return "forced"
    if not inside(low):
        return "never"
    for name, taken in _WAYS.items():
        wanted = name in {"typical", "mostly"}
        if cuts and all(inside(taken(cut)) == wanted for cut in cuts):
            return name
    return "law_dependent"


def _below(level: float, value: float) -> bool:
    return value < level


def _at_most(level: float, value: float) -> bool:
    return value <= level


_WAYS: Mapping[str, Callable[[Cuts], float]] = {
    "typical": lambda cut: cut.high,
    "rare": lambda cut: cut.low,
    "mostly": lambda cut: cut.middle,
    "seldom": lambda cut: cut.middle,
}
