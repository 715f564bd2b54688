"""Cohorts that could have been, drawn from the printed numbers of a source."""

from rejia.ensemble.cohort import draw_cohort

__all__ = ["draw_cohort"]
