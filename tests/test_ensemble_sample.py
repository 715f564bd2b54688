import pickle

import numpy as np
import pytest
from scipy.stats import spearmanr

from ensemble_specs import cell, column, spec
from rejia.ensemble import exact_draws, pools, slab
from rejia.ensemble.couple import couple
from rejia.ensemble.model import SumRule
from rejia.ensemble.sampling import prepare, sample
from rejia.errors import DataError

GROUPS = (("A", 5), ("B", 6))


def toy(**more):
    columns = [
        column("x", 0, 12),
        column("onset", 0, 9),
        column("wait", 0, 9),
        column("start", 0, 18),
    ]
    cells = [
        cell("x", "A", 5, (18, 22), (60, 300), **more),
        cell("x", "B", 6, (30, 34), (60, 400)),
        cell("x", "A+B", 11, (49, 55), (0, 1500)),
        cell("onset", "A", 5, (16, 22), (40, 200)),
        cell("onset", "B", 6, (22, 30), (40, 300)),
        cell("wait", "A", 5, (16, 22), (40, 200)),
        cell("wait", "B", 6, (22, 30), (40, 300)),
        cell("start", "A+B", 11, (80, 100), (0, 3000), lowest=3),
    ]
    rules = [SumRule("start", ("onset", "wait"))]
    return spec(columns, GROUPS, cells, rules)


@pytest.fixture(scope="module")
def ensemble():
    return sample(toy(), 1500, seed=11)


def check(small, ensemble):
    """Every cohort fits every cell."""
    places = dict(small.groups)
    for one in small.cells:
        members = [ensemble.groups[g] in one.groups for g in ensemble.group]
        values = ensemble.values[ensemble.place(one.column)][members].astype(int)
        s = values.sum(axis=0)
        spread = one.n * (values**2).sum(axis=0) - s**2
        assert one.n == sum(places[g] for g in one.groups)
        assert s.min() >= one.sum_low
        assert s.max() <= one.sum_high
        assert spread.min() >= one.spread_low
        assert spread.max() <= one.spread_high
        if one.lowest is not None:
            assert (values.min(axis=0) == one.lowest).all()


def test_every_cohort_fits_every_cell_and_rule(ensemble):
    assert ensemble.values.shape == (4, 11, 1500)
    assert ensemble.values.dtype == np.int16
    assert ensemble.values.flags.c_contiguous
    check(toy(), ensemble)
    _, onset, wait, start = ensemble.values
    assert (start == onset + wait).all()


def test_the_bytes_do_not_depend_on_the_number_of_jobs(ensemble):
    again = sample(toy(), 1500, seed=11, jobs=2)
    assert again.values.tobytes() == ensemble.values.tobytes()
    assert again.diagnostics == ensemble.diagnostics


def test_blocks_are_the_same_in_any_order_and_after_pickling(ensemble):
    sources = pickle.loads(pickle.dumps(prepare(toy(), seed=11)))
    second, first = sources.draw(1), sources.draw(0)
    assert first.dtype == np.int16
    assert first.flags.c_contiguous
    assert (first == ensemble.values[:, :, :1024]).all()
    assert (second[:, :, : 1500 - 1024] == ensemble.values[:, :, 1024:]).all()
    whole = sources.gather(np.concatenate([first, second], axis=2))
    assert whole.diagnostics == ensemble.diagnostics
    assert whole.linked == (("onset", "wait", "start"),)
    assert (sources.draw_ensemble(0).values == first).all()


def test_sources_refuse_what_is_no_block():
    sources = prepare(toy(), seed=11)
    with pytest.raises(ValueError, match="block must be 0 or more, but got -1"):
        sources.draw(-1)
    with pytest.raises(ValueError, match="values must be blocks of 1024, but got 7"):
        sources.gather(np.zeros((4, 11, 7), np.int16))


def test_more_cohorts_begin_with_the_same_ones(ensemble):
    fewer = sample(toy(), 100, seed=11)
    assert (fewer.values == ensemble.values[:, :, :100]).all()


def test_another_seed_gives_other_cohorts(ensemble):
    other = sample(toy(), 100, seed=12)
    assert (other.values != ensemble.values[:, :, :100]).any(axis=(1, 2)).all()


def test_diagnostics_tell_engine_and_effective_size(ensemble):
    found = {(d.column, d.functional): d for d in ensemble.diagnostics}
    assert found["x", "u"].engine == "exact"
    assert found["x", "u"].ess == 2048
    linked = found["start", "u"]
    assert linked.engine == "pools"
    assert linked.r_hat < 1.02
    assert 1000 < linked.ess <= 2048
    assert linked.std_error > 0


def test_columns_that_no_rule_links_are_independent_within_groups(ensemble):
    rho = [
        np.corrcoef(ensemble.values[0][row], ensemble.values[1][row])[0, 1]
        for row in range(11)
    ]
    assert rho == pytest.approx([0.0] * 11, abs=0.1)


@pytest.mark.parametrize("law", ["gamma", "lognormal"])
def test_other_laws_keep_to_the_same_windows_and_move_the_shape(ensemble, law):
    other = sample(toy(), 1024, seed=11, law=law)
    check(toy(), other)
    assert other.law == law
    here, there = (e.values[0].min(axis=0).mean() for e in (ensemble, other))
    assert abs(here - there) > 0.02


def test_a_count_of_zero_is_an_error_that_names_the_facts():
    small = spec([column("x", 0, 3)], (("A", 2),), [cell("x", "A", 2, (3, 3), (2, 8))])
    with pytest.raises(DataError, match=r"x, A: the count of vectors is 0 \(x_A\)"):
        sample(small, 10, seed=1)


def test_a_column_that_does_not_fit_the_programme_is_walked(monkeypatch):
    small = spec(
        [column("x", 0, 12)], (("A", 5),), [cell("x", "A", 5, (18, 22), (60, 300))]
    )
    exact = sample(small, 4096, seed=3)
    monkeypatch.setattr(exact_draws, "EXACT_MEGABYTES", 0.0)
    from_slab = sample(small, 4096, seed=3)
    monkeypatch.setattr(slab, "PRICE", 0)
    monkeypatch.setattr(pools, "_DEAREST_ALONE", 10**9)
    pooled = sample(small, 4096, seed=3)
    monkeypatch.setattr(pools, "_DEAREST_ALONE", 0)
    walked = sample(small, 4096, seed=3)
    for one, other in zip(exact.diagnostics, walked.diagnostics, strict=True):
        assert (one.engine, other.engine) == ("exact", "chains")
        error = np.hypot(one.std_error, other.std_error)
        assert abs(one.mean - other.mean) < 3 * error
    for one, other in zip(exact.diagnostics, pooled.diagnostics, strict=True):
        assert (one.engine, other.engine) == ("exact", "pools")
        error = np.hypot(one.std_error, other.std_error)
        assert abs(one.mean - other.mean) < 3 * error
    for one, other in zip(exact.diagnostics, from_slab.diagnostics, strict=True):
        assert (one.engine, other.engine) == ("exact", "exact")
        error = np.hypot(one.std_error, other.std_error)
        assert abs(one.mean - other.mean) < 3 * error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cohorts": 0}, "cohorts must be 1 or more, but got 0"),
        ({"law": "normal"}, "law must be one of uniform, gamma, lognormal, but got"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        sample(toy(), **{"cohorts": 10, "seed": 1, **arguments})


def within(ensemble, first, second):
    """Mean rank correlation over groups and cohorts."""
    rho = []
    for cohort in range(200):
        for group in range(2):
            rows = ensemble.group == group
            one, two = (
                ensemble.values[ensemble.place(name)][rows, cohort]
                for name in (first, second)
            )
            if np.ptp(one) and np.ptp(two):
                rho.append(spearmanr(one, two).statistic)
    return np.mean(rho)


@pytest.mark.parametrize(
    ("rho", "low", "high"), [(-1, -1, -0.9), (0.6, 0.4, 0.7), (1, 0.9, 1)]
)
def test_coupling_gives_the_correlation_that_is_asked(ensemble, rho, low, high):
    coupled = couple(ensemble, [("x", "onset")], rho, seed=5)
    assert low <= within(coupled, "x", "onset") <= high


def test_coupling_keeps_margins_and_linked_columns(ensemble):
    coupled = couple(ensemble, [("x", "onset")], 0.8, seed=5)
    check(toy(), coupled)
    for group in range(2):
        rows = ensemble.group == group
        assert (
            np.sort(coupled.values[:, rows], axis=1)
            == np.sort(ensemble.values[:, rows], axis=1)
        ).all()
    _, onset, wait, start = coupled.values
    assert (start == onset + wait).all()
    assert (coupled.values[0] == ensemble.values[0]).all()
    assert (onset != ensemble.values[1]).any()


def test_coupling_refuses_what_would_break_a_rule(ensemble):
    with pytest.raises(ValueError, match="onset and wait are linked by a rule"):
        couple(ensemble, [("onset", "wait")], 0.5, seed=1)
    with pytest.raises(ValueError, match="wait is put in order twice"):
        couple(ensemble, [("x", "onset"), ("x", "wait")], 0.5, seed=1)
    with pytest.raises(ValueError, match=r"rho must be from -1 to 1, but got 1\.5"):
        couple(ensemble, [("x", "onset")], 1.5, seed=1)


def test_an_ensemble_gives_its_values_in_their_unit_and_in_pieces(ensemble):
    assert ensemble.physical("x")[3, 7] == float(ensemble.values[0, 3, 7])
    pieces = list(ensemble.chunks(600))
    assert [piece.cohorts for piece in pieces] == [600, 600, 300]
    assert (pieces[2].values == ensemble.values[:, :, 1200:]).all()
    frame = ensemble.to_frame(4)
    assert len(frame) == 44
    ages = frame.loc[frame["variable"] == "onset", "value"]
    assert ages.tolist() == ensemble.values[1, :, 4].tolist()
    with pytest.raises(ValueError, match="cohort must be from 0 to 1499, but got 1500"):
        ensemble.to_frame(1500)
