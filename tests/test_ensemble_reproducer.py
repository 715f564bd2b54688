"""The searches for cohorts with all that is printed, shared out in parts."""

import numpy as np
import pandas as pd
import pytest

from ensemble_specs import aoki
from rejia.ensemble import reproducer
from rejia.ensemble.model import Ensemble
from rejia.ensemble.reproduction import Reproduction


def test_parts_of_the_reproducer_are_its_rows_one_after_another(monkeypatch):
    study, facts, spec = aoki()
    asked_for = []
    first = np.zeros((len(spec.columns), spec.n), np.int64)

    def near(spec, asked, *, starts, seed):
        """Stand in for the search: what each is asked, and the first cohort."""
        asked_for.append(tuple(asked))
        told = dict.fromkeys(asked, float(len(asked)))
        return Reproduction(False, told, told, first)

    monkeypatch.setattr(reproducer, "reproduce", near)
    sizes = [size for _, size in spec.groups]
    starts = Ensemble(
        np.zeros((len(spec.columns), spec.n, 1), np.int16),
        np.array([float(column.step) for column in spec.columns]),
        np.repeat(np.arange(len(sizes)), sizes).astype(np.int8),
        spec.columns,
        tuple(label for label, _ in spec.groups),
        spec=spec.id,
    )

    def rows(part=0, parts=1):
        return reproducer.reproducer_rows(
            study, facts, spec, starts, seed=1, part=part, parts=parts
        )

    whole = rows()
    assert len(whole[0]) > 3
    assert len(set(asked_for)) > 3
    for parts in (2, 3, len(whole[0]) + 1):
        made = [rows(part, parts) for part in range(parts)]
        for table, pieces in zip(whole, zip(*made, strict=True), strict=True):
            filled = [piece for piece in pieces if len(piece)]
            joined = pd.concat(filled, ignore_index=True)
            pd.testing.assert_frame_equal(joined, table, check_dtype=False)
    with pytest.raises(ValueError, match="part must be from 0 to 1, but got 2"):
        rows(2, 2)
