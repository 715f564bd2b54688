"""Joint-level cohorts: tiny cases listed in full, and Aoki 2014 by recomputation."""

from dataclasses import replace
from fractions import Fraction
from itertools import chain, combinations, product
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chisquare

from rejia.ensemble import joint_level
from rejia.ensemble.diagnose import effective_size
from rejia.ensemble.joint_chain import grid_of, place_of, seed_words
from rejia.ensemble.joint_full import in_full
from rejia.ensemble.joint_model import by_groups
from rejia.ensemble.joint_program import FEASIBLE, INFEASIBLE, Program, highs, solve
from rejia.ensemble.joint_spec import Count, JointSpec, Moment
from rejia.errors import DefinitionError
from rejia.facts import read_facts
from rejia.study import read_study

ROOT = Path(__file__).parents[1]
# A smallest correction that `joint_level.conflicts` finds under `repaired`.
ASIDE = (
    "text_larsen_shoulder_b_before_mean",
    "text_larsen_shoulder_b_after_mean",
    "text_larsen_shoulder_c_after_mean",
    "text_larsen_elbow_all_after_mean",
    "text_larsen_knee_b_before_mean",
    "text_larsen_knee_all_before_mean",
    "text_larsen_ankle_all_before_mean",
    "text_larsen_ankle_all_after_mean",
    "text_grade_2_5_kept_percent",
    "f2_grade_2_5_kept_percent",
    "disc_grade_0_percent",
)


def moment(name, low, high, *, visit="before", site="", groups=("A", "C"), of="mean"):
    return Moment(visit, site, groups, of, Fraction(low), Fraction(high), (name,))


def count(name, level, n, fates=("improved", "unchanged", "worsened")):
    return Count(level, fates, Fraction(n), Fraction(n), False, (name,))


TINY = JointSpec(
    "toy",
    "tiny",
    "grade",
    Fraction(1),
    2,
    ("before", "after"),
    (("hip", "left"), ("hip", "right")),
    (("A", 1), ("C", 1)),
    (-1, 1),
    1,
    (("none", 0, 0), ("some", 1, 2)),
    (
        moment("hips", "0.6", "1.4", site="hip"),
        moment("total_sd", "0.7", "1.5", of="sd"),
        moment("total_a", "1", "3", groups=("A",)),
        moment("after", "1", "2", visit="after"),
        count("some", "some", 2),
    ),
)


def all_grades(spec):
    """List all grades with the premises of a spec: missing joints, signs."""
    joints = len(spec.areas) * spec.patients
    pairs = [(-1, -1), *product(range(spec.top + 1), repeat=2)]
    shape = (2, len(spec.areas), spec.patients)
    for chosen in product(pairs, repeat=joints):
        grades = np.array(chosen).T.reshape(shape)
        if (grades[0] == -1).sum() != spec.missing:
            continue
        total = np.maximum(grades, 0).sum(axis=1)
        signs = np.array(spec.signs)[list(spec.group)]
        if (np.sign(total[1] - total[0]) == signs).all():
            yield grades


@pytest.fixture(scope="module")
def listed():
    return list(all_grades(TINY))


@pytest.fixture(scope="module")
def study():
    return read_study(ROOT / "config" / "studies" / "aoki2014.yaml")


@pytest.fixture(scope="module")
def facts():
    return read_facts(ROOT / "data" / "published" / "aoki2014" / "facts.tsv")


@pytest.fixture(scope="module")
def spec(study, facts):
    return joint_level.build(study, facts, "repaired")


def by_hand(grades, name):
    """Say whether grades of the tiny spec meet a demand, written out once more."""
    before, after = grades
    seen = before >= 0
    totals = [np.where(g >= 0, g, 0).sum(axis=0) for g in (before, after)]
    return {
        "hips": 0.6 <= before[seen].mean() <= 1.4,
        "total_sd": 0.7 <= np.std(totals[0], ddof=1) <= 1.5,
        "total_a": 1 <= totals[0][0] <= 3,
        "after": 1 <= totals[1].mean() <= 2,
        "some": (before[seen] >= 1).sum() == 2,
    }[name]


def test_direct_recomputation_is_that_of_numpy(listed):
    for grades in listed:
        found = {d.facts[0] for d in joint_level.missed(TINY, grades)}
        assert found == {
            d.facts[0] for d in TINY.demands if not by_hand(grades, d.facts[0])
        }


def tighter():
    """Yield tiny specs, some of which have no grades."""
    yield TINY
    for total, sd in product(("1", "2", "3"), ("0.7", "2.1", "2.8")):
        demands = (
            replace(TINY.demands[1], low=Fraction(sd), high=Fraction(sd) + 1),
            replace(TINY.demands[2], low=Fraction(total), high=Fraction(total)),
            TINY.demands[4],
        )
        yield replace(TINY, demands=demands)


def test_existence_is_that_of_the_complete_list(listed):
    answers = []
    for tiny in tighter():
        exists = any(not joint_level.missed(tiny, grades) for grades in listed)
        full = solve(in_full(tiny).program, range(len(tiny.demands)))
        assert full.status == (FEASIBLE if exists else INFEASIBLE)
        found = joint_level.solve(tiny, seed=1)
        assert found.status == full.status
        # Sums of groups rule out nothing that exists.
        groups = solve(by_groups(tiny).program, range(len(tiny.demands)))
        assert groups.status == FEASIBLE or not exists
        answers.append(exists)
    assert set(answers) == {True, False}


def test_every_grades_of_the_list_pass_both_programmes(listed):
    full = in_full(TINY)
    fits = [grades for grades in listed if not joint_level.missed(TINY, grades)]
    for grades in (*fits[::7], *listed[::97]):
        full.fix(grades)
        answer = solve(full.program, range(len(TINY.demands)))
        assert (answer.status == FEASIBLE) == (not joint_level.missed(TINY, grades))


def test_chain_is_uniform_over_the_complete_list(listed):
    fits = [grades for grades in listed if not joint_level.missed(TINY, grades)]
    places = {grades.tobytes(): at for at, grades in enumerate(fits)}
    drawn = joint_level.sample_joints(TINY, 4000, seed=3, every=20)
    counts = np.zeros(len(fits))
    for at in range(drawn.cohorts):
        counts[places[drawn.grades[..., at].astype(int).tobytes()]] += 1
    assert len(fits) > 20
    assert chisquare(counts).pvalue > 1e-3


TWO_SITES = JointSpec(
    "toy",
    "two_sites",
    "grade",
    Fraction(1),
    2,
    ("before", "after"),
    (("hip", "left"), ("knee", "left")),
    (("A", 2), ("C", 1)),
    (-1, 1),
    0,
    (("none", 0, 0), ("some", 1, 2)),
    (
        moment("hips", "0.6", "1.4", site="hip"),
        moment("hips_sd", "0.9", "1.2", site="hip", of="sd"),
        moment("total_sd", "0.9", "1.6", of="sd"),
        moment("total_a", "1.5", "3", groups=("A",)),
        moment("total_a_sd", "0.5", "1.5", groups=("A",), of="sd"),
        moment("knees_after", "0.3", "1.4", visit="after", site="knee"),
        moment("knees_after_sd", "0.5", "0.6", visit="after", site="knee", of="sd"),
        moment("after_sd", "0.6", "1.6", visit="after", of="sd"),
        count("some", "some", 4),
    ),
)


@pytest.fixture(scope="module")
def two_sites():
    """All grades of `TWO_SITES`, patient by patient, that meet its demands."""
    each = np.array(list(product(range(3), repeat=4))).reshape(-1, 2, 2)
    change = np.sign(each[:, 1].sum(axis=1) - each[:, 0].sum(axis=1))
    patients = [each[change == sign] for sign in (-1, -1, 1)]
    found = np.array([np.stack(chosen, axis=-1) for chosen in product(*patients)])
    total = found.sum(axis=2)
    deviation = total.std(axis=2, ddof=1)
    of_a = total[:, 0, :2].std(axis=1, ddof=1)
    of_hips = found[:, 0, 0].std(axis=1, ddof=1)
    of_knees = found[:, 1, 1].std(axis=1, ddof=1)
    rest = [
        (found[:, 0, 0].sum(axis=1) >= 2) & (found[:, 0, 0].sum(axis=1) <= 4),
        (deviation[:, 0] >= 0.9) & (deviation[:, 1] >= 0.6),
        (deviation <= 1.6).all(axis=1),
        (of_a >= 0.5) & (of_a <= 1.5),
        (of_hips >= 0.9) & (of_hips <= 1.2),
        (of_knees >= 0.5) & (of_knees <= 0.6),
        total[:, 0, :2].sum(axis=1) >= 3,
        total[:, 0, :2].sum(axis=1) <= 6,
        (found[:, 1, 1].sum(axis=1) >= 1) & (found[:, 1, 1].sum(axis=1) <= 4),
        (found[:, 0] > 0).sum(axis=(1, 2)) == 4,
    ]
    fits = found[np.logical_and.reduce(rest)]
    assert not any(joint_level.missed(TWO_SITES, grades) for grades in fits[::17])
    return fits


@pytest.mark.parametrize("mix", [(0.3, 0.4, 0), (0, 0.6, 0), (0, 0.4, 0.3)])
def test_leaning_windows_and_each_move_leave_the_law_as_it_is(two_sites, mix):
    from rejia.ensemble.joint_walk import walk

    places = {grades.tobytes(): at for at, grades in enumerate(two_sites)}
    grid = grid_of(TWO_SITES, spread=0.7, count=0.7, mix=mix)
    rng = np.random.default_rng(4)
    grid.lean[:] = rng.uniform(-0.6, 0.6, grid.lean.shape)
    grid.lean_of_count[:] = rng.uniform(-0.6, 0.6, len(grid.lean_of_count))
    place = place_of(TWO_SITES, grid, two_sites[0], seed_words(8, *map(str, mix)))
    out = np.zeros((3_000, 2, 2, 3), np.int8)
    assert walk(grid, place, out, 8_000_000, 5, 12, 2.0, False)[0] == len(out)
    drawn = [places[grades.astype(int).tobytes()] for grades in out]
    # Grades and their squares and products, and numbers that mean nothing.
    flat = two_sites.reshape(len(two_sites), -1).astype(float)
    values = np.column_stack(
        (flat, flat**2, flat[:, :-1] * flat[:, 1:], rng.random((len(flat), 20)) < 0.5)
    )
    for value in values.T[values.std(axis=0) > 0]:
        series = value[drawn]
        error = value.std() / np.sqrt(effective_size(series.reshape(4, -1)))
        assert abs(series.mean() - value.mean()) < 3.5 * error


def test_sums_of_the_walk_stay_those_of_its_grades(spec):
    from rejia.ensemble.joint_walk import distance, walk

    tiny = spec.without(ASIDE)
    grid = grid_of(tiny)
    start = np.zeros((2, len(tiny.areas), tiny.patients), int)
    start[:, 0, : tiny.missing] = -1
    place = place_of(tiny, grid, start, seed_words(1))
    none = np.zeros((0, *start.shape), np.int8)
    walk(grid, place, none, 2_000, 10, 1, 0.5, False)
    again = place_of(tiny, grid, place.grade, seed_words(1))
    assert (place.grade != start).any()
    assert (place.moment == again.moment).all()
    assert (place.total == again.total).all()
    assert place.counted == pytest.approx(again.counted)
    assert distance(grid, place) == pytest.approx(distance(grid, again))


def test_same_seed_gives_the_same_cohorts_on_any_threads():
    one = joint_level.sample_joints(TINY, 60, seed=5, every=1)
    two = joint_level.sample_joints(TINY, 60, seed=5, every=1, jobs=3)
    other = joint_level.sample_joints(TINY, 60, seed=6, every=1)
    assert one.grades.dtype == np.int8
    assert one.grades.shape == (2, 2, 2, 60)
    assert (one.grades == two.grades).all()
    assert (one.grades != other.grades).any()


def test_findings_hold_every_grade_of_a_cohort():
    drawn = joint_level.sample_joints(TINY, 4, seed=5, every=1)
    rows = drawn.to_findings(2)
    assert len(rows) == 2 * (4 - TINY.missing)
    for row in rows.itertuples():
        joint = TINY.areas.index((row.site, row.side))
        visit = TINY.visits.index(row.visit)
        assert row.value == drawn.grades[visit, joint, row.patient, 2]
    with pytest.raises(ValueError, match="cohort must be from 0 to 3"):
        drawn.to_findings(4)


def test_conflicts_are_all_minimal_and_the_correction_is_smallest():
    demands = (
        moment("low", "0", "0.5", groups=("A",)),
        moment("high", "2", "3", groups=("A",)),
        moment("all_hips", "0", "0.1", site="hip"),
        moment("c", "1", "3", groups=("C",), visit="after"),
    )
    tiny = replace(TINY, demands=demands)
    exists = {
        kept
        for kept in chain.from_iterable(combinations(range(4), n) for n in range(5))
        if any(
            not joint_level.missed(
                replace(tiny, demands=tuple(demands[d] for d in kept)), g
            )
            for g in all_grades(tiny)
        )
    }
    found = joint_level.conflicts(tiny)
    names = [demand.facts[0] for demand in demands]
    for conflict in found.found:
        at = tuple(names.index(facts[0]) for facts in conflict.facts)
        assert at not in exists
        assert "highs" in conflict.engines
        for left_out in at:
            kept = tuple(d for d in at if d != left_out)
            groups = solve(by_groups(tiny).program, kept)
            assert groups.status == FEASIBLE
    rest = tuple(d for d in range(4) if names[d] not in found.aside)
    assert rest in exists
    assert len(rest) == max(len(kept) for kept in exists)


def test_second_engine_relaxes_squares_and_conditions():
    program = Program()
    x = program.variable(0, 9)
    square, flag = program.square(x), program.variable(0, 1)
    program.ask({square: 1}, 26, 35, demand=0)
    program.ask({x: 1}, 7, None, demand=1)
    program.ask({x: 1}, 2, 2, when=flag)
    program.ask({flag: 1}, 1, 1, demand=2)
    assert solve(program, ()).status == highs(program, ()) == FEASIBLE
    assert solve(program, (0,)).status == INFEASIBLE  # no square from 26 to 35
    assert solve(program, (1, 2)).status == highs(program, (1, 2)) == INFEASIBLE
    assert solve(program, (0, 1)).status == highs(program, (0, 1)) == INFEASIBLE


def test_what_aoki_prints_is_read_as_means_over_joints(spec):
    hip = next(d for d in spec.demands if d.facts == ("text_larsen_hip_all_before_pm",))
    total = next(d for d in spec.demands if "t1_larsen_b_sd" in d.facts)
    assert (spec.missing, spec.top, spec.patients) == (2, 20, 40)
    assert (hip.statistic, spec.cells(hip)) == ("se", 80)
    assert (total.statistic, spec.cells(total)) == ("sd", 8)
    assert spec.classes == (("grade_0", 0, 1), ("grade_1", 2, 5), ("grade_2_5", 6, 20))
    assert {"f2_large_joints_denominator", "t1_cases_b_n"} <= set(spec.premises)


def test_classes_may_take_the_lower_grade_and_steps_may_differ(study, facts):
    lower = joint_level.build(study, facts, "repaired", between="lower")
    assert lower.classes == (("grade_0", 0, 3), ("grade_1", 4, 7), ("grade_2_5", 8, 20))
    half = joint_level.build(study, facts, "as_printed", step=Fraction(1, 2), missing=0)
    assert (half.top, half.missing, len(half.demands)) == (10, 0, 70)
    with pytest.raises(ValueError, match="between must be one of"):
        joint_level.build(study, facts, "repaired", between="any")
    with pytest.raises(DefinitionError, match="no spec 'none'"):
        joint_level.build(study, facts, "none")


# Each can be checked by hand; docs/joint_level.md does.
BY_HAND = [
    ("text_grade_0_n", "disc_grade_0_percent"),
    ("text_grade_2_5_n", "text_grade_2_5_kept_n_of", "text_grade_2_5_kept_percent"),
    ("text_larsen_shoulder_b_before_mean", "text_larsen_shoulder_b_after_mean"),
    ("text_larsen_knee_b_before_mean", "text_larsen_knee_b_after_mean"),
    tuple(f"text_larsen_ankle_{group}_before_mean" for group in ("a", "b", "c", "all")),
]


@pytest.mark.parametrize("names", BY_HAND)
def test_conflicts_of_aoki_are_proved_by_two_engines(spec, names):
    program = by_groups(spec).program
    at = [d for d, demand in enumerate(spec.demands) if set(demand.facts) & set(names)]
    assert len(at) == len(names)
    assert solve(program, at).status == highs(program, at) == INFEASIBLE
    for left_out in at:
        assert solve(program, [d for d in at if d != left_out]).status == FEASIBLE


def test_grades_of_aoki_meet_every_demand_that_is_left(spec):
    kept = spec.without(ASIDE)
    assert joint_level.solve(spec, seed=1).status == INFEASIBLE
    found = joint_level.solve(kept, seed=1)
    assert found.status == FEASIBLE
    assert joint_level.missed(kept, found.grades) == ()
    before, after = found.grades.reshape(2, -1) * 0.25
    seen = before >= 0
    nearest = np.floor(before[seen] + 0.5)
    classes = [nearest == 0, nearest == 1, nearest >= 2]
    kinds = np.sign(after[seen] - before[seen])
    assert [int(c.sum()) for c in classes] == [257, 71, 70]
    assert int((kinds[classes[0]] == 0).sum()) == 203
    assert [int((kinds[c] <= 0).sum()) for c in classes[1:]] == [52, 65]
    totals = np.maximum(found.grades, 0).sum(axis=1) * 0.25
    assert totals[0].mean() == pytest.approx(5.9, abs=0.05)
    assert np.std(totals[0][19:], ddof=1) == pytest.approx(3.2, abs=0.05)
    assert np.sign(totals[1] - totals[0]).tolist() == [-1] * 11 + [0] * 8 + [1] * 21
