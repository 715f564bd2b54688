"""What each program does by default when it is asked for a Wilcoxon test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Arguments = dict[str, str]
Printed = tuple[tuple[str, Arguments], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Data:
    """
    What a program looks at before it chooses a method.

    Attributes
    ----------
    sizes : tuple of int
        Number of differences, zeros among them; or the sizes of both samples.
    n_zero : int
        Zero differences.
    ties : bool
        Whether any values (of the differences: absolute, not zero) are equal.
    """

    sizes: tuple[int, ...]
    n_zero: int
    ties: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Convention:
    """
    Default behaviour of one program.

    Attributes
    ----------
    name : str
        ``r-4.5``.
    program : str
        Program, version and procedure.
    rules : mapping of str to str
        What it does, for each test that it has.
    source : str
        Where that is documented.
    evidence : str
        ``executed``: the program was run and compared with these functions;
        ``documented``: only its documentation was read.
    executed_with : str
        The exact version that was run; empty for ``documented``.
    choose : mapping of str to callable
        The same rules as code: the printed p-values and the arguments that give them.
    """

    name: str
    program: str
    rules: Mapping[str, str]
    source: str
    evidence: str
    executed_with: str = ""
    choose: Mapping[str, Callable[[Data], Printed]]


def _paired(zeros: str, method: str) -> Arguments:
    return {"zeros": zeros, "method": method}


def _choose_spss_paired(data: Data) -> Printed:
    return (("Asymp. Sig. (2-tailed)", _paired("drop", "normal")),)


def _choose_spss_samples(data: Data) -> Printed:
    always = ("Asymp. Sig. (2-tailed)", {"method": "normal"})
    exact = ("Exact Sig. [2*(1-tailed Sig.)]", {"method": "exact_untied"})
    return (always, exact) if data.sizes[0] * data.sizes[1] <= 400 else (always,)


def _choose_npar1way(data: Data) -> Printed:
    return (
        ("Normal Approximation, Two-Sided Pr > |Z|", {"method": "normal_corrected"}),
        ("t Approximation, Two-Sided Pr > |Z|", {"method": "student_t"}),
    )


def _choose_univariate(data: Data) -> Printed:
    is_exact = data.sizes[0] - data.n_zero <= 20
    method = "exact" if is_exact else "student_t"
    return (("Signed Rank, Pr >= |S|", _paired("drop", method)),)


def _choose_r_4_5_paired(data: Data) -> Printed:
    is_exact = data.sizes[0] < 50 and not data.n_zero and not data.ties
    method = "exact" if is_exact else "normal_corrected"
    return (("p-value", _paired("drop", method)),)


def _choose_r_4_5_samples(data: Data) -> Printed:
    is_exact = max(data.sizes) < 50 and not data.ties
    return (("p-value", {"method": "exact" if is_exact else "normal_corrected"}),)


def _choose_r_4_6_paired(data: Data) -> Printed:
    if data.sizes[0] < 50:
        return (("p-value", _paired("pratt", "exact")),)
    return (("p-value", _paired("drop", "normal_corrected")),)


def _choose_r_4_6_samples(data: Data) -> Printed:
    if max(data.sizes) >= 50:
        return (("p-value", {"method": "normal_corrected"}),)
    # R doubles the smaller tail; a symmetric distribution makes that `exact`.
    is_symmetric = not data.ties or data.sizes[0] == data.sizes[1]
    return (("p-value", {"method": "exact" if is_symmetric else "exact_doubled"}),)


def _choose_scipy_paired(data: Data) -> Printed:
    is_plain = not data.ties and not data.n_zero
    # 13: the 2^13 permutations that SciPy lists fit its 9999 resamples.
    is_exact = data.sizes[0] <= (50 if is_plain else 13)
    return (("pvalue", _paired("drop", "exact" if is_exact else "normal")),)


def _choose_scipy_samples(data: Data) -> Printed:
    is_exact = min(data.sizes) <= 8 and not data.ties
    return (("pvalue", {"method": "exact" if is_exact else "normal_corrected"}),)


_SAS = "SAS Institute Inc., Cary NC"
_LIST = (
    Convention(
        name="spss-16-npar",
        program="SPSS 16.0, NPAR TESTS /WILCOXON and /M-W",
        rules={
            "signed_rank": "zeros dropped; normal approximation with the tie-corrected "
            "variance, no continuity correction, at any n",
            "rank_sum": "normal approximation with the tie-corrected variance, no "
            "continuity correction, at any n; beside it, when n_x * n_y <= 400, the "
            "exact p of the distribution without ties, twice the smaller tail, for U "
            "rounded down",
        },
        source="SPSS Command Syntax Reference, NPAR TESTS, M-W subcommand, which words "
        "the limit as 40 cases or fewer (n_x * n_y <= 400 holds for all of these; it "
        "is the limit of SPSS Algorithms, NPAR TESTS, which could not be opened "
        "here). Rounding down and the absence of a correction: outputs in Field A, "
        "Discovering statistics using SPSS, 3rd ed., Sage 2009, chapter 15",
        evidence="documented",
        choose={"signed_rank": _choose_spss_paired, "rank_sum": _choose_spss_samples},
    ),
    Convention(
        name="sas-9.3-npar1way",
        program="SAS/STAT 9.3, PROC NPAR1WAY WILCOXON",
        rules={
            "rank_sum": "normal approximation with the tie-corrected variance and a "
            "continuity correction of 1/2 (CORRECT=YES), at any n; beside it the same "
            "z referred to Student's t with N - 1 degrees of freedom; exact, "
            "P(|S - E| >= |s - E|) given the ties, only on request (EXACT statement)",
        },
        source=f"SAS/STAT 9.3 User's Guide, The NPAR1WAY Procedure, {_SAS} 2011: "
        '"Simple linear rank tests for two-sample data", "Displayed output", example '
        '"Exact Wilcoxon two-sample test"',
        evidence="documented",
        choose={"rank_sum": _choose_npar1way},
    ),
    Convention(
        name="sas-9.3-univariate",
        program="Base SAS 9.3, PROC UNIVARIATE",
        rules={
            "signed_rank": "zeros dropped; exact given the ties with at most 20 "
            "differences left, otherwise Student's t of Iman 1974 with n - 1 degrees "
            "of freedom",
        },
        source="Base SAS 9.3 Procedures Guide: Statistical Procedures, The UNIVARIATE "
        f'Procedure, {_SAS} 2011: "Tests for location"',
        evidence="documented",
        choose={"signed_rank": _choose_univariate},
    ),
    Convention(
        name="r-4.5",
        program="R 4.5 and earlier, stats::wilcox.test",
        rules={
            "signed_rank": "zeros dropped; exact with fewer than 50 differences of "
            "which none is zero and none tied, otherwise normal approximation with "
            "the tie-corrected variance and a continuity correction of 1/2",
            "rank_sum": "exact when both samples have fewer than 50 values and none "
            "are tied, otherwise normal approximation with the tie-corrected variance "
            "and a continuity correction of 1/2",
        },
        source="R help page wilcox.test, and the source of stats:::wilcox.test.default",
        evidence="executed",
        executed_with="R 4.2.2 (Debian) and R 4.5.1 (webR 0.5.8)",
        choose={"signed_rank": _choose_r_4_5_paired, "rank_sum": _choose_r_4_5_samples},
    ),
    Convention(
        name="r-4.6",
        program="R 4.6, stats::wilcox.test",
        rules={
            "signed_rank": "with fewer than 50 differences, zeros counted, exact given "
            "ties and zeros, which are ranked and then left out (Pratt); otherwise "
            "zeros dropped and normal approximation with the tie-corrected variance "
            "and a continuity correction of 1/2",
            "rank_sum": "exact given the ties when both samples have fewer than 50 "
            "values, twice the smaller tail; otherwise normal approximation with the "
            "tie-corrected variance and a continuity correction of 1/2",
        },
        source="R help page wilcox.test, and the source of stats:::wilcox.test.default",
        evidence="executed",
        executed_with="R 4.6.0 (webR 0.6.0)",
        choose={"signed_rank": _choose_r_4_6_paired, "rank_sum": _choose_r_4_6_samples},
    ),
    Convention(
        name="scipy-1.17",
        program="SciPy 1.17, scipy.stats.wilcoxon and mannwhitneyu",
        rules={
            "signed_rank": "zeros dropped; exact with at most 50 differences of which "
            "none is zero and none tied, or with at most 13 of any kind (zeros "
            "counted); otherwise normal approximation with the tie-corrected variance, "
            "no continuity correction",
            "rank_sum": "exact when the smaller sample has at most 8 values and none "
            "are tied, otherwise normal approximation with the tie-corrected variance "
            "and a continuity correction of 1/2",
        },
        source="documentation of scipy.stats.wilcoxon and mannwhitneyu 1.17, method "
        "auto, and their source",
        evidence="executed",
        executed_with="SciPy 1.17.1",
        choose={"signed_rank": _choose_scipy_paired, "rank_sum": _choose_scipy_samples},
    ),
)

CONVENTIONS: dict[str, Convention] = {item.name: item for item in _LIST}
