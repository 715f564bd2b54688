"""Rank tests, and which of their conventions each program follows."""

from rejia.stats.ranks._association import kendall, spearman
from rejia.stats.ranks._conventions import (
    ConventionResult,
    all_conventions,
    printed,
    resolve,
)
from rejia.stats.ranks._many_groups import dunn, kruskal_wallis
from rejia.stats.ranks._paired import sign_test, signed_rank
from rejia.stats.ranks._programs import CONVENTIONS, Convention
from rejia.stats.ranks._trend import jonckheere
from rejia.stats.ranks._two_samples import rank_sum

__all__ = [
    "CONVENTIONS",
    "Convention",
    "ConventionResult",
    "all_conventions",
    "dunn",
    "jonckheere",
    "kendall",
    "kruskal_wallis",
    "printed",
    "rank_sum",
    "resolve",
    "sign_test",
    "signed_rank",
    "spearman",
]
