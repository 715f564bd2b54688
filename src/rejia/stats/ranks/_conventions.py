"""Arguments with which the Wilcoxon tests do what a program does by default."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rejia.estimate import Estimate
from rejia.stats.ranks._paired import signed_rank
from rejia.stats.ranks._programs import (
    CONVENTIONS,
    Arguments,
    Convention,
    Data,
    Printed,
)
from rejia.stats.ranks._ranking import Floats, double_midranks, read_sample
from rejia.stats.ranks._two_samples import rank_sum

TESTS = ("signed_rank", "rank_sum")


@dataclass(frozen=True, kw_only=True, slots=True)
class ConventionResult:
    """
    One p-value that one program prints.

    Attributes
    ----------
    convention : str
        ``spss-16-npar``.
    printed_as : str
        What the program calls it.
    is_default : bool
        Whether `resolve` returns it: the first of those that the program prints.
    arguments : dict
        Keyword arguments of `signed_rank` or `rank_sum`.
    estimate : Estimate
        Their result.
    """

    convention: str
    printed_as: str
    is_default: bool
    arguments: Arguments
    estimate: Estimate


def resolve(
    convention: str,
    test: str,
    *,
    n: int | tuple[int, int],
    n_zero: int,
    ties: bool,
) -> Arguments:
    """
    Arguments with which a test does what a program does by default.

    Parameters
    ----------
    convention : str
        A key of `CONVENTIONS`.
    test : {"signed_rank", "rank_sum"}
        The function that the arguments are for.
    n : int or pair of int
        Number of differences, zeros among them; for ``rank_sum`` the sizes of x
        and y.
    n_zero : int
        Number of differences that are zero; 0 for ``rank_sum``.
    ties : bool
        Whether values are tied; for ``signed_rank``, whether absolute differences
        other than zeros are.

    Returns
    -------
    dict
        ``method``, and for ``signed_rank`` also ``zeros``. When the program prints
        more than one p-value (SPSS, NPAR1WAY) these are the arguments of the one
        that it always prints; `printed` lists them all.

    Raises
    ------
    ValueError
        If the convention is unknown, has no such test, or the numbers are impossible.

    Examples
    --------
    >>> resolve("r-4.5", "signed_rank", n=12, n_zero=0, ties=False)
    {'zeros': 'drop', 'method': 'exact'}
    >>> resolve("r-4.5", "signed_rank", n=12, n_zero=1, ties=False)
    {'zeros': 'drop', 'method': 'normal_corrected'}
    >>> resolve("r-4.6", "signed_rank", n=12, n_zero=1, ties=False)
    {'zeros': 'pratt', 'method': 'exact'}
    """
    return printed(convention, test, n=n, n_zero=n_zero, ties=ties)[0][1]


def printed(
    convention: str,
    test: str,
    *,
    n: int | tuple[int, int],
    n_zero: int,
    ties: bool,
) -> Printed:
    """
    All two-sided p-values that a program prints by default.

    Parameters
    ----------
    convention, test, n, n_zero, ties
        As for `resolve`.

    Returns
    -------
    tuple of (str, dict)
        What the program calls the p-value, and the arguments that give it.

    Raises
    ------
    ValueError
        As for `resolve`.

    Examples
    --------
    >>> for label, arguments in printed(
    ...     "spss-16-npar", "rank_sum", n=(11, 29), n_zero=0, ties=True
    ... ):
    ...     print(label, arguments["method"])
    Asymp. Sig. (2-tailed) normal
    Exact Sig. [2*(1-tailed Sig.)] exact_untied
    """
    chosen = _find_convention(convention, test)
    sizes = tuple(int(size) for size in np.atleast_1d(n))
    wanted = 1 if test == "signed_rank" else 2
    if len(sizes) != wanted or min(sizes) < 0:
        what = "one count" if wanted == 1 else "a pair of counts"
        raise ValueError(f"n must be {what} for {test}, but got {n!r}")
    if not 0 <= n_zero <= (sizes[0] if wanted == 1 else 0):
        allowed = f"from 0 to n ({n})" if wanted == 1 else "0 for rank_sum"
        raise ValueError(f"n_zero must be {allowed}, but got {n_zero!r}")
    return chosen.choose[test](Data(sizes=sizes, n_zero=n_zero, ties=bool(ties)))


def all_conventions(test: str, *samples: ArrayLike) -> tuple[ConventionResult, ...]:
    """
    Every p-value that every program prints for these data.

    Parameters
    ----------
    test : {"signed_rank", "rank_sum"}
        The test.
    *samples : array_like
        The differences; for ``rank_sum`` x and y.

    Returns
    -------
    tuple of ConventionResult
        In the order of `CONVENTIONS`; conventions without such a test are left out.

    Raises
    ------
    ValueError
        If the test is unknown or the number of samples is not the one it takes.

    Examples
    --------
    >>> differences = [1, 1, 2, 3, 4, -1, 0, 0, 2, 5]
    >>> for result in all_conventions("signed_rank", differences):
    ...     e = result.estimate
    ...     print(f"{result.convention:20s} {e.method:33s} {e.p_value:.6f}")
    spss-16-npar         signed_rank_normal_drop           0.024177
    sas-9.3-univariate   signed_rank_exact_drop            0.031250
    r-4.5                signed_rank_normal_corrected_drop 0.028973
    r-4.6                signed_rank_exact_pratt           0.031250
    scipy-1.17           signed_rank_exact_drop            0.031250
    """
    if test not in TESTS:
        raise ValueError(f"test must be one of {', '.join(TESTS)}, but got {test!r}")
    wanted = 1 if test == "signed_rank" else 2
    if len(samples) != wanted:
        raise ValueError(f"{test} takes {wanted} sample(s), but got {len(samples)}")

    arrays = [read_sample(s, f"sample {i}") for i, s in enumerate(samples, 1)]
    data = _describe(test, arrays)
    results = []
    for convention in CONVENTIONS.values():
        if test not in convention.choose:
            continue
        for place, (label, arguments) in enumerate(convention.choose[test](data)):
            results.append(
                ConventionResult(
                    convention=convention.name,
                    printed_as=label,
                    is_default=place == 0,
                    arguments=arguments,
                    estimate=_run(test, arrays, arguments),
                )
            )
    return tuple(results)


def _find_convention(name: str, test: str) -> Convention:
    if name not in CONVENTIONS:
        raise ValueError(
            f"convention must be one of {', '.join(CONVENTIONS)}, but got {name!r}"
        )
    if test not in TESTS:
        raise ValueError(f"test must be one of {', '.join(TESTS)}, but got {test!r}")
    chosen = CONVENTIONS[name]
    if test not in chosen.choose:
        raise ValueError(
            f"test must be one of {', '.join(chosen.choose)} for {name}, but got "
            f"{test!r}"
        )
    return chosen


def _describe(test: str, arrays: list[Floats]) -> Data:
    sizes = tuple(array.size for array in arrays)
    ranked, n_zero = np.concatenate(arrays), 0
    if test == "signed_rank":
        n_zero = int((ranked == 0).sum())
        ranked = np.abs(ranked[ranked != 0])
    ties = double_midranks(ranked)[1]
    return Data(sizes=sizes, n_zero=n_zero, ties=bool((ties > 1).any()))


def _run(test: str, arrays: list[Floats], arguments: Arguments) -> Estimate:
    if test == "rank_sum":
        return rank_sum(arrays[0], arrays[1], **arguments)
    return signed_rank(arrays[0], **arguments)
