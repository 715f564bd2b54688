"""Other laws than the uniform one, as weights of lattice values."""

import numpy as np

from rejia.ensemble.model import Spec
from rejia.errors import DataError

LAWS = ("uniform", "gamma", "lognormal")


def log_weights(spec: Spec, column: str, law: str) -> np.ndarray:
    """
    Compute the logarithm of what each value of a column weighs in each group.

    Parameters
    ----------
    spec : Spec
        The mean and SD of a group's cell are the law's.
    column : str
        Column; none of its values is negative.
    law : str
        ``gamma`` or ``lognormal``; their density at the value, and the probability
        of less than half a step for 0.

    Returns
    -------
    numpy.ndarray
        ``[group, value]`` from the low end of the scale; zeros, which is uniform,
        for a group without a printed SD or with one that may be 0.
    """
    from scipy.special import gammainc, gammaln, ndtr

    scale = spec.column(column)
    if scale.low < 0:
        raise DataError(
            f"spec {spec.id} cannot be sampled:",
            [f"{column}: the {law} law has no negative values; low is {scale.low}"],
        )
    values = np.arange(scale.low, scale.high + 1)
    logs = np.log(np.maximum(values, 0.5))
    table = np.zeros((len(spec.groups), len(values)))
    for at, (label, n) in enumerate(spec.groups):
        for cell in spec.cells_of(column):
            if cell.groups != (label,) or n < 2 or cell.spread_low < 1:
                continue
            mean = (cell.sum_low + cell.sum_high) / 2 / n
            sd = np.sqrt((cell.spread_low + cell.spread_high) / 2 / n / (n - 1))
            if mean <= 0:
                continue
            if law == "gamma":
                shape, size = (mean / sd) ** 2, sd**2 / mean
                table[at] = (shape - 1) * logs - values / size
                table[at] -= gammaln(shape) + shape * np.log(size)
                none = np.log(gammainc(shape, 0.5 / size))
            else:
                width = np.sqrt(np.log1p((sd / mean) ** 2))
                centre = np.log(mean) - width**2 / 2
                table[at] = -logs - ((logs - centre) / width) ** 2 / 2
                table[at] -= np.log(width * np.sqrt(2 * np.pi))
                none = np.log(max(ndtr((np.log(0.5) - centre) / width), 1e-300))
            table[at, values == 0] = none
    return table
