"""Agreement of readers and methods: kappa, ICC, limits of agreement, SDC."""

from rejia.stats._agreement_error import (
    bland_altman,
    smallest_detectable_change,
    smallest_detectable_difference,
)
from rejia.stats._agreement_icc import icc
from rejia.stats._agreement_kappa import weighted_kappa

__all__ = [
    "bland_altman",
    "icc",
    "smallest_detectable_change",
    "smallest_detectable_difference",
    "weighted_kappa",
]
