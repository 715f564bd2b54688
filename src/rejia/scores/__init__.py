"""Scores of instruments: one module an instrument, cut-offs as cited CSV files."""

from rejia.scores.derive import derive_scores, instrument_faults, instruments

__all__ = ["derive_scores", "instrument_faults", "instruments"]
