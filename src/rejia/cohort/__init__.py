"""Patient-level files to canonical tables; every fault found in one pass."""

from rejia.cohort.check import CohortFault, check_cohort, cohort_warnings
from rejia.cohort.read import cohort_files, read_cohort

__all__ = [
    "CohortFault",
    "check_cohort",
    "cohort_files",
    "cohort_warnings",
    "read_cohort",
]
