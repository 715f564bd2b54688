"""Scores of instruments: one module an instrument, cut-offs as cited CSV files."""

from rejia.scores.derive import (
    derive_scores,
    instrument_faults,
    instruments,
    read_references,
)
from rejia.scores.ilar import ilar_warnings

__all__ = [
    "derive_scores",
    "ilar_warnings",
    "instrument_faults",
    "instruments",
    "read_references",
]
