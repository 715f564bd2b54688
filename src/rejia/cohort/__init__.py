"""Patient-level files to canonical tables; every fault found in one pass."""

from rejia.cohort.check import CohortFault, check_cohort, cohort_warnings
from rejia.cohort.read import (
    Inspected,
    cohort_files,
    inspect_cohort,
    read_cohort,
)

__all__ = [
    "CohortFault",
    "Inspected",
    "check_cohort",
    "cohort_files",
    "cohort_warnings",
    "inspect_cohort",
    "read_cohort",
]
