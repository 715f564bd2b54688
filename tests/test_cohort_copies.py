"""Patients with all values of another: said, unless chance alone makes such pairs."""

import numpy as np
import pandas as pd
import pytest

from rejia.cohort.rules import _copies, _pairs_by_chance


def measurements(rows):
    """Return a long table of one row of values a patient, four visits of a variable."""
    return pd.DataFrame(
        [
            (f"p{patient}", f"v{visit}", "x", float(value), "")
            for patient, values in enumerate(rows)
            for visit, value in enumerate(values)
        ],
        columns=["patient", "visit", "variable", "value", "text"],
    )


def test_a_copied_patient_is_named_among_values_that_differ():
    rows = np.random.default_rng(1).normal(size=(20, 4)).round(2).tolist()
    rows[7] = rows[2]
    (found,) = _copies(measurements(rows))
    assert found.patient == "p7"
    assert found.what == "has the same 4 values as patient p2"


def test_two_patients_alike_are_said_whatever_their_values():
    (found,) = _copies(measurements([[1, 2, 3, 4], [1, 2, 3, 4]]))
    assert found.patient == "p1"


def test_a_few_grades_at_a_few_visits_make_no_copies():
    rows = np.random.default_rng(2).integers(1, 6, size=(300, 4)).tolist()
    assert len({tuple(row) for row in rows}) < 300
    assert list(_copies(measurements(rows))) == []


def test_three_values_are_too_few_to_call_a_copy():
    assert list(_copies(measurements([[1, 2, 3], [1, 2, 3], [4, 5, 6]]))) == []


@pytest.mark.parametrize("levels", [2, 5])
def test_pairs_by_chance_are_those_of_independent_columns(levels):
    rng = np.random.default_rng(3)
    counts = []
    for _ in range(200):
        rows = rng.integers(0, levels, size=(30, 4))
        same = (rows[:, None, :] == rows[None, :, :]).all(axis=2)
        counts.append((same.sum() - 30) / 2)
    table = measurements(rng.integers(0, levels, size=(3000, 4)).tolist())
    expected = _pairs_by_chance(table.drop(columns="patient"))
    scaled = expected * (30 * 29) / (3000 * 2999)
    assert np.mean(counts) == pytest.approx(scaled, rel=0.25)
