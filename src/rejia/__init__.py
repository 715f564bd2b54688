"""Reanalysis of juvenile idiopathic arthritis cohorts treated with tocilizumab."""

__version__ = "0.1.0"
