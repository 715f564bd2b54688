"""What estimates tell beyond the counts beside them: a table, a grade, a direction."""

from collections.abc import Iterator
from math import floor, isfinite, isnan, log

import numpy as np

# More patients than that, and no enumeration of grades is tried: it would not be one.
_MOST_ENUMERATED = 400
_FEW_LEVELS = 5
# Released numbers carry all their digits; a fit stops a little before the last.
_NEAR = 1e-6
# A quantile of type 7 lies at or above this many of n - 1 steps between patients.
QUANTILES = {"q1": 0.25, "median": 0.5, "q3": 0.75}


def two_by_two(
    ratio: float, error: float, n: float, n_events: float
) -> list[tuple[int, int]]:
    """
    Solve an odds ratio and its standard error for the table that they come from.

    Parameters
    ----------
    ratio : float
        Odds ratio of one predictor alone.
    error : float
        Standard error of its logarithm; `nan` where it is not shown.
    n, n_events : float
        Patients, and events among them.

    Returns
    -------
    list of (int, int)
        Exposed patients with and without the event, for every table that gives
        these numbers: of maximum likelihood or, with a half added to each cell, of
        Firth's penalty. Empty where none does, as for a predictor with many values.

    Notes
    -----
    Of a table a, b (exposed with and without the event), c, d the maximum-likelihood
    odds ratio is ad/bc and Woolf's variance 1/a + 1/b + 1/c + 1/d. With n, n_events
    and the ratio known, each a leaves one b.

    Examples
    --------
    >>> from math import sqrt
    >>> two_by_two(3 * 12 / (7 * 8), sqrt(1/3 + 1/7 + 1/8 + 1/12), 30, 11)
    [(3, 7)]
    """
    if not (isfinite(ratio) and ratio > 0) or isnan(n) or isnan(n_events):
        return []
    events, others = round(n_events), round(n - n_events)
    found: dict[tuple[int, int], None] = {}
    for half in (0.0, 0.5):
        a = np.arange(events + 1) + half
        c = events + 2 * half - a
        with np.errstate(divide="ignore", invalid="ignore"):
            b = (others + 2 * half) * a / (a + ratio * c) - half
        whole = np.abs(b - np.rint(b)) < 1e-3
        for x, y in zip(np.flatnonzero(whole), np.rint(b[whole]), strict=True):
            cells = np.array([x, y, events - x, others - y]) + half
            if cells.min() > 0 and _gives(cells, ratio, error, is_firth=bool(half)):
                found[int(x), int(y)] = None
    return list(found)


def _gives(cells: np.ndarray, ratio: float, error: float, *, is_firth: bool) -> bool:
    """Say whether a table gives an odds ratio and its error."""
    a, b, c, d = cells
    if abs(log(a * d / (b * c)) - log(ratio)) > _NEAR:
        return False
    # A penalised fit has more than one standard error: its ratio is enough.
    woolf = float(np.sqrt((1 / cells).sum()))
    return is_firth or isnan(error) or abs(woolf - error) <= _NEAR * woolf


def levels_told(
    n: float, mean: float, sd: float, *, low: float, step: float, high: float | None
) -> Iterator[tuple[str, int, int]]:
    """
    Give how many patients may be at, or off, the ends of a scale, from its moments.

    Parameters
    ----------
    n, mean, sd : float
        Values, their mean and sample standard deviation in full precision.
    low, step : float
        Smallest value of the scale and its lattice.
    high : float or None
        Largest value, where there is one.

    Yields
    ------
    what : str
        ``off the floor``, ``off the ceiling``, or ``level <place>``.
    fewest, most : int
        Patients there; equal where mean and SD tell the count.

    Notes
    -----
    In steps above the floor the values are whole numbers with a known sum S and sum
    of squares Q. With k of them above 0, none over M, S²/k <= Q, so k >= S²/Q; and
    Q - S = Σx(x - 1) <= M Σ(x - 1) = M(S - k), so k <= S - (Q - S)/M. Three grades are
    solved by n, S and Q; up to five are enumerated.
    """
    if isnan(n) or n < 1 or isnan(mean) or isnan(sd):
        return
    size = round(n)
    places = None if high is None else round((high - low) / step)
    ends = [("off the floor", (mean - low) / step)]
    if high is not None:
        ends.append(("off the ceiling", (high - mean) / step))
    for what, centre in ends:
        total, square = _sums(size, centre, sd / step)
        if total is None or square is None:
            return
        if total:
            most = places if places is not None else total
            fewest = -(-total * total // square)
            yield what, fewest, min(size, floor(total - (square - total) / most))
    if places is not None and 2 <= places < _FEW_LEVELS and size <= _MOST_ENUMERATED:
        total, square = _sums(size, (mean - low) / step, sd / step)
        if total is not None and square is not None:
            yield from _enumerated(size, total, square, places)


def _sums(n: int, mean: float, sd: float) -> tuple[int | None, int | None]:
    """Return sum and sum of squares of whole numbers, if they can be such."""
    total = n * mean
    square = (n - 1) * sd * sd + n * mean * mean
    if max(abs(total - round(total)), abs(square - round(square))) > 1e-4:
        return None, None
    return round(total), round(square)


def _enumerated(
    n: int, total: int, square: int, places: int
) -> Iterator[tuple[str, int, int]]:
    """Give the range of each grade's count over all that fit the sums."""
    over = [np.arange(total // place + 1) for place in range(3, places + 1)]
    grids = np.meshgrid(*over, indexing="ij") if over else []
    higher = [grid.ravel() for grid in grids]
    rest = np.full(higher[0].shape if higher else (1,), total)
    rest_square = np.full(rest.shape, square)
    for place, counts in enumerate(higher, start=3):
        rest, rest_square = rest - place * counts, rest_square - place**2 * counts
    twice = rest_square - rest
    grades = np.array([rest - twice, twice // 2, *higher])
    grades = np.vstack([n - grades.sum(axis=0), grades])
    fits = (twice % 2 == 0) & (grades >= 0).all(axis=0)
    if fits.any():
        for place, found in enumerate(grades):
            yield f"level {place}", int(found[fits].min()), int(found[fits].max())


def fewest_patients_beyond(n: float, quantile: float) -> int:
    """
    Return how many of n patients lie at or beyond a quantile of type 7.

    Parameters
    ----------
    n : float
        Values.
    quantile : float
        0.25 for the lower quartile.
    """
    side = min(quantile, 1 - quantile)
    return floor((n - 1) * side) + 1 if n >= 1 else 0


def few_signs(w_plus: float, n: float, min_cell: int) -> bool:
    """
    Say whether a signed-rank sum tells that few differences have one of the signs.

    k ranks add up to at least k(k + 1)/2, with ties as well: a smaller sum, though
    not nothing, is of fewer differences.
    """
    if isnan(w_plus) or isnan(n):
        return False
    few = min_cell * (min_cell + 1) / 2
    return any(0 < side < few for side in (w_plus, n * (n + 1) / 2 - w_plus))
