"""How well an ensemble was sampled: R-hat and effective sample size by functional."""

from collections.abc import Iterator, Mapping

import numpy as np

from rejia.ensemble.model import Column, Diagnostic

_SMALL = 1e-12


def r_hat(chains: np.ndarray) -> float:
    """
    Compute the split potential scale reduction.

    Parameters
    ----------
    chains : numpy.ndarray
        ``[chain, draw]``.

    Returns
    -------
    float
        1 for a constant.
    """
    half = chains.shape[1] // 2
    split = np.concatenate([chains[:, :half], chains[:, half : 2 * half]])
    within = float(split.var(axis=1, ddof=1).mean())
    between = float(split.mean(axis=1).var(ddof=1))
    if within <= _SMALL:
        return 1.0 if between <= _SMALL else float("inf")
    return float(np.sqrt((half - 1) / half + between / within))


def effective_size(chains: np.ndarray) -> float:
    """
    Compute the effective sample size of several chains.

    Parameters
    ----------
    chains : numpy.ndarray
        ``[chain, draw]``.

    Returns
    -------
    float
        The number of draws for a constant; at most the number of draws.

    Notes
    -----
    Autocorrelations pooled over chains and with their differences, summed as far as
    sums of neighbours are positive and fall (Geyer's initial monotone sequence).
    """
    count, n = chains.shape
    centred = chains - chains.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(centred, 2 * n, axis=1)) ** 2
    covariance = np.fft.irfft(power, axis=1)[:, :n].mean(axis=0) / n
    within = covariance[0] * n / (n - 1)
    between = float(chains.mean(axis=1).var(ddof=1)) if count > 1 else 0.0
    total = covariance[0] + between
    if total <= _SMALL:
        return float(count * n)
    rho = 1.0 - (within - covariance * n / (n - 1)) / total
    rho[0] = 1.0
    pairs = rho[: n - n % 2].reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(pairs <= 0.0)
    pairs = np.minimum.accumulate(pairs[: negative[0] if len(negative) else None])
    return float(count * n / max(2.0 * pairs.sum() - 1.0, 1.0))


def u_statistic(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return twice Mann-Whitney's U of the chosen patients, less half of its top."""
    total = np.zeros(values.shape[1], np.int64)
    rest = values[~chosen]
    for row in values[chosen]:
        total += np.sign(row[None, :] - rest).sum(axis=0, dtype=np.int64)
    return total


def w_plus(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the sum of signs of all means of two differences: W+ but for a shift."""
    change = after - before
    total = np.zeros(change.shape[1], np.int64)
    for at in range(len(change)):
        total += np.sign(change[at] + change[at:]).sum(axis=0, dtype=np.int64)
    return total


def functionals(
    values: np.ndarray, columns: tuple[Column, ...], group: np.ndarray
) -> Iterator[tuple[tuple[int, ...], str, np.ndarray]]:
    """
    Yield the functionals of every column.

    Parameters
    ----------
    values : numpy.ndarray
        ``[column, patient, cohort]``.
    columns : tuple of Column
        First axis of `values`.
    group : numpy.ndarray
        Group of each patient; the last is compared with all others.

    Yields
    ------
    places : tuple of int
        Columns that the functional is of.
    functional : str
        ``u``, ``holds_max`` and ``holds_min`` (1 where the last group has the
        largest or smallest value), ``third_moment``, ``max`` or ``w_plus``.
    series : numpy.ndarray
        One value a cohort.
    """
    last = group == group.max()
    seen: dict[str, int] = {}
    for at, column in enumerate(columns):
        whole = values[at].astype(np.int32)
        if not last.all():
            yield (at,), "u", u_statistic(whole, last)
            inside, outside = whole[last], whole[~last]
            largest = inside.max(axis=0) >= outside.max(axis=0)
            yield (at,), "holds_max", largest.astype(np.int32)
            smallest = inside.min(axis=0) <= outside.min(axis=0)
            yield (at,), "holds_min", smallest.astype(np.int32)
        centred = whole - whole.mean()
        yield (at,), "third_moment", (centred**3).mean(axis=0)
        yield (at,), "max", whole.max(axis=0)
        if column.visit and column.variable in seen:
            first = values[seen[column.variable]].astype(np.int32)
            yield (seen[column.variable], at), "w_plus", w_plus(first, whole)
        elif column.visit:
            seen[column.variable] = at


def diagnose(
    values: np.ndarray,
    columns: tuple[Column, ...],
    group: np.ndarray,
    *,
    chains: int,
    engines: Mapping[str, str],
) -> tuple[Diagnostic, ...]:
    """
    Compute diagnostics of every functional of every column.

    Parameters
    ----------
    values : numpy.ndarray
        ``[column, patient, cohort]``; the cohorts of one chain after another.
    columns : tuple of Column
        First axis of `values`.
    group : numpy.ndarray
        Group of each patient.
    chains : int
        Chains, of one length.
    engines : mapping of str to str
        ``exact``, ``pools`` or ``chains`` by column.

    Returns
    -------
    tuple of Diagnostic
    """
    found = []
    for places, functional, series in functionals(values, columns, group):
        names = [columns[at].name for at in places]
        used = {engines[name] for name in names}
        exact = used == {"exact"}
        slowest = next(one for one in ("chains", "pools", "exact") if one in used)
        shaped = series.reshape(chains, -1).astype(np.float64)
        size = float(series.size) if exact else effective_size(shaped)
        found.append(
            Diagnostic(
                names[-1],
                functional,
                slowest,
                1.0 if exact else r_hat(shaped),
                size,
                float(shaped.mean()),
                float(shaped.std(ddof=1) / np.sqrt(size)),
            )
        )
    return tuple(found)
