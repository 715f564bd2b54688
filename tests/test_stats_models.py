import csv
import subprocess
import warnings
from functools import cache
from itertools import pairwise
from math import exp, inf, isnan, log, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import expit

from rejia.stats._logistic import Likelihood, fit_all
from rejia.stats.models import auc, logistic, separation

approx = pytest.approx

REFERENCE = Path(__file__).parent / "reference" / "models.csv"
SCRIPT = REFERENCE.with_suffix(".R")


def read_reference(text):
    """Return the inputs of each case, and its results by case, inference and term."""
    inputs, results = {}, {}
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for row in csv.DictReader(lines):
        case, inference, term = row["case"], row["inference"], row["term"]
        if inference == "input":
            column = [float(v) if v != "NA" else nan for v in row["value"].split(";")]
            inputs.setdefault(case, {})[term] = column
        else:
            fields = results.setdefault((case, inference, term), {})
            fields[row["field"]] = float(row["value"])
    return inputs, results


INPUTS, RESULTS = read_reference(REFERENCE.read_text())


def model(case):
    (_, outcome), *predictors = INPUTS[case].items()
    names = [name for name, _ in predictors]
    return outcome, np.column_stack([column for _, column in predictors]), names


@cache
def fit(case, inference):
    outcome, predictors, names = model(case)
    rows = logistic(outcome, predictors, names=names, inference=inference)
    return {row.term: row for row in rows}


def on_log_scale(row):
    return {
        "estimate": log(row.estimate),
        "std_error": row.std_error,
        "ci_low": log(row.ci_low),
        "ci_high": log(row.ci_high),
        "test_statistic": row.test_statistic,
        "p_value": row.p_value,
    }


def reference(*inferences):
    return [key for key in RESULTS if key[1] in inferences]


# ---- published values

# logistf, the package of Heinze and Schemper 2002 (Stat Med 21:2409-2419): printed by
# its version 1.24 for case ~ age + oc + vic + vicl + vis + dia on its data sex2, and
# for HG ~ NV + PI + EH on the endometrial cancers of that paper. Log odds ratio and
# its limits.
LOGISTF = {
    ("sex2", "age"): (-1.10598131, -1.9737884, -0.30742514),
    ("sex2", "oc"): (-0.06881673, -0.9414363, 0.78920202),
    ("sex2", "vic"): (2.26887464, 1.2730216, 3.43543273),
    ("sex2", "vicl"): (-2.11140817, -3.2608611, -1.11773495),
    ("sex2", "vis"): (-0.78831694, -1.6080879, 0.01518468),
    ("sex2", "dia"): (3.09601166, 0.7745682, 8.03029352),
    ("endometrial", "NV"): (2.92927330, 0.6097244, 7.85463171),
    ("endometrial", "PI"): (-0.03475175, -0.1244587, 0.04045547),
    ("endometrial", "EH"): (-2.60416387, -4.3651832, -1.23272106),
}


@pytest.mark.parametrize(("case", "term"), LOGISTF)
def test_firth_has_the_estimates_and_limits_that_logistf_prints(case, term):
    row = on_log_scale(fit(case, "firth")[term])
    printed = LOGISTF[case, term]
    # Its iterations stop at 1e-5.
    found = (row["estimate"], row["ci_low"], row["ci_high"])
    assert found == approx(printed, abs=1e-6)


# The same fit of sex2 as shown by easystats/parameters (two decimals, three of p).
LOGISTF_TESTS = {
    "age": (7.51, 0.006),
    "oc": (0.02, 0.875),
    "vicl": (19.10, 0.000),
    "vis": (3.70, 0.054),
    "dia": (7.90, 0.005),
}


@pytest.mark.parametrize("term", LOGISTF_TESTS)
def test_firth_has_the_penalised_likelihood_ratios_that_logistf_prints(term):
    row = fit("sex2", "firth")[term]
    statistic, p_value = LOGISTF_TESTS[term]
    assert row.test_statistic == approx(statistic, abs=0.005)
    assert row.p_value == approx(p_value, abs=0.0006)


def test_auc_matches_the_example_of_proc():
    # Robin et al. 2011, BMC Bioinformatics 12:77, documentation of ci.auc: area under
    # the curve of s100b 0.7314, DeLong interval 0.6301-0.8326.
    e = auc(INPUTS["aSAH"]["event"], INPUTS["aSAH"]["s100b"])
    assert (e.estimate, e.ci_low, e.ci_high) == approx(
        (0.7314, 0.6301, 0.8326), abs=5e-5
    )


# ---- another program


@pytest.mark.parametrize(
    ("case", "inference", "term"), reference("wald", "profile", "firth", "brglm2")
)
def test_odds_ratios_agree_with_r(case, inference, term):
    expected = RESULTS[case, inference, term]
    row = fit(case, "firth" if inference == "brglm2" else inference)[term]
    found = on_log_scale(row)
    assert {k: found[k] for k in expected} == approx(expected, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize(("case", "inference", "term"), reference("profile_mass"))
def test_profile_limits_agree_with_confint_as_far_as_it_interpolates(
    case, inference, term
):
    row = fit(case, "profile")[term]
    width = log(row.ci_high / row.ci_low)
    expected = RESULTS[case, inference, term]
    assert log(row.ci_low) == approx(expected["ci_low"], abs=2e-3 * width)
    assert log(row.ci_high) == approx(expected["ci_high"], abs=2e-3 * width)


@pytest.mark.parametrize(("case", "inference", "term"), reference("profile_one_sided"))
def test_separated_terms_keep_the_likelihood_ratio_and_the_finite_limit(
    case, inference, term
):
    expected = RESULTS[case, inference, term]
    row = fit(case, "profile")[term]
    if "limit" not in expected:  # the likelihood is flat: the data say nothing
        assert expected["test_statistic"] == 0.0
        assert isnan(row.estimate)
        assert isnan(row.p_value)
        return
    assert row.estimate == row.ci_high == (inf if expected["direction"] > 0 else 0.0)
    assert log(row.ci_low) == approx(expected["limit"], rel=1e-6)
    assert row.test_statistic == approx(expected["test_statistic"], rel=1e-6)
    assert row.p_value == approx(expected["p_value"], rel=1e-6)


@pytest.mark.parametrize(
    ("case", "inference", "term"), reference("delong_0.95", "delong_0.9")
)
def test_auc_agrees_with_proc(case, inference, term):
    values = np.array(INPUTS[case][term])
    confidence = float(inference.removeprefix("delong_"))
    e = auc(INPUTS[case]["event"], values, confidence=confidence)
    for field, value in RESULTS[case, inference, term].items():
        assert getattr(e, field) == approx(value, rel=1e-8)


@pytest.mark.r
def test_the_reference_values_are_those_of_the_script(require):
    made = subprocess.run(
        [require("r"), SCRIPT], check=True, capture_output=True, text=True
    )
    _, results = read_reference(made.stdout)
    assert results.keys() == RESULTS.keys()
    for key, fields in results.items():
        assert fields == approx(RESULTS[key], rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("case", ["births", "cohort", "univariable"])
def test_wald_agrees_with_statsmodels(case):
    from statsmodels.discrete.discrete_model import Logit

    outcome, predictors, _ = model(case)
    design = np.column_stack([np.ones(len(outcome)), predictors])
    other = Logit(outcome, design).fit(disp=False, tol=1e-13, maxiter=100)
    rows = [on_log_scale(row) for row in fit(case, "wald").values()]
    assert [r["estimate"] for r in rows] == approx(other.params[1:], rel=1e-6)
    assert [r["std_error"] for r in rows] == approx(other.bse[1:], rel=1e-6)
    assert [r["p_value"] for r in rows] == approx(other.pvalues[1:], rel=1e-6)


@pytest.mark.parametrize("case", ["sex2", "cohort", "complete"])
def test_firth_agrees_with_firthmodels(case):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from firthmodels import FirthLogisticRegression

        outcome, predictors, _ = model(case)
        # At its gtol of 1e-8 its constrained fits give up, and p is nan. Its other
        # backend does the same after half a minute of compiling.
        other = FirthLogisticRegression(
            gtol=1e-6, xtol=1e-6, max_iter=500, backend="numpy"
        )
        other.fit(predictors, np.array(outcome)).lrt()
        limits = other.conf_int(method="pl")
    rows = [on_log_scale(row) for row in fit(case, "firth").values()]
    assert [r["estimate"] for r in rows] == approx(other.coef_, rel=1e-4)
    assert [r["p_value"] for r in rows] == approx(other.lrt_pvalues_[:-1], rel=1e-4)
    assert [r["ci_high"] for r in rows] == approx(limits[:-1, 1], rel=1e-4)


# ---- identities


@st.composite
def binary_models(draw, columns=2):
    n = draw(st.integers(6, 25))
    outcome = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    cells = st.integers(-3, 3)
    rows = st.lists(cells, min_size=columns, max_size=columns)
    return np.array(outcome), np.array(draw(st.lists(rows, min_size=n, max_size=n)))


INFERENCES = ("wald", "profile", "firth")
TWO = ("a", "b")


def table_2x2(a, b, c, d):
    outcome = [1] * a + [0] * b + [1] * c + [0] * d
    return outcome, [[1.0]] * (a + b) + [[0.0]] * (c + d)


@settings(deadline=None, max_examples=40)
@given(*[st.integers(1, 20)] * 4)
def test_a_binary_predictor_has_the_odds_ratio_of_its_table(a, b, c, d):
    (row,) = logistic(*table_2x2(a, b, c, d), names=["x"], inference="wald")
    assert row.estimate == approx(a * d / (b * c))
    assert row.std_error**2 == approx(1 / a + 1 / b + 1 / c + 1 / d)
    (row,) = logistic(*table_2x2(a, b, c, d), names=["x"], inference="profile")
    counts = np.array([[a, b], [c, d]])
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    g = 2.0 * (counts * np.log(counts / expected)).sum()
    assert row.test_statistic == approx(g, rel=1e-9, abs=1e-12)


@settings(deadline=None, max_examples=40)
@given(*[st.integers(0, 12)] * 4)
def test_firth_of_a_table_adds_one_half_to_each_cell(a, b, c, d):
    # Firth 1993, section 4: in a saturated model the penalty is half an event each.
    assume(a + b > 0 and c + d > 0 and a + c > 0 and b + d > 0)
    (row,) = logistic(*table_2x2(a, b, c, d), names=["x"], inference="firth")
    ratio = (a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5))
    assert row.estimate == approx(ratio, rel=1e-9)


@settings(deadline=None, max_examples=30)
@given(binary_models(), st.sampled_from(INFERENCES))
def test_the_interval_leaves_out_one_exactly_when_p_is_small(problem, inference):
    for row in logistic(*problem, names=TWO, inference=inference):
        if isnan(row.p_value):
            assert row.warning
            continue
        assume(abs(row.p_value - 0.05) > 1e-9)
        assert (row.p_value < 0.05) == (row.ci_low > 1 or row.ci_high < 1)


@settings(deadline=None, max_examples=30)
@given(
    binary_models(),
    st.sampled_from(INFERENCES),
    st.floats(0.05, 20.0),
    st.floats(-1e4, 1e4),
)
def test_a_change_of_unit_is_a_power_of_the_odds_ratio(
    problem, inference, scale, shift
):
    outcome, predictors = problem
    there = logistic(outcome, predictors, names=TWO, inference=inference)
    moved = predictors * [scale, 1.0] + [shift * scale, 0.0]
    back = logistic(outcome, moved, names=TWO, inference=inference)
    for power, row, other in zip((scale, 1.0), there, back, strict=True):
        assert other.warning == row.warning
        assert other.p_value == approx(row.p_value, rel=1e-6, abs=1e-9, nan_ok=True)
        if 0 < row.estimate < inf:
            # A flat likelihood far out gives limits fewer digits.
            assert power * log(other.estimate) == approx(
                log(row.estimate), rel=1e-5, abs=1e-7
            )


@settings(deadline=None, max_examples=30)
@given(binary_models(), st.sampled_from(INFERENCES))
def test_odds_ratios_turn_over_when_events_and_non_events_are_swapped(
    problem, inference
):
    outcome, predictors = problem
    there = logistic(outcome, predictors, names=TWO, inference=inference)
    back = logistic(1 - outcome, predictors, names=TWO, inference=inference)
    for row, other in zip(there, back, strict=True):
        assert other.p_value == approx(row.p_value, rel=1e-6, abs=1e-9, nan_ok=True)
        if 0 < row.estimate < inf:
            assert log(other.estimate) == approx(-log(row.estimate), rel=1e-6, abs=1e-7)


@settings(deadline=None, max_examples=30)
@given(binary_models(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_does_not_matter(problem, random):
    outcome, predictors = problem
    order = list(range(len(outcome)))
    random.shuffle(order)
    there = logistic(outcome, predictors, names=TWO, inference="profile")
    swapped = predictors[order][:, ::-1]
    back = logistic(outcome[order], swapped, names=TWO[::-1], inference="profile")
    for row, other in zip(there, back[::-1], strict=True):
        assert other.term == row.term
        assert other.estimate == approx(row.estimate, rel=1e-6, nan_ok=True)
        assert other.ci_low == approx(row.ci_low, rel=1e-6, nan_ok=True)
        assert other.p_value == approx(row.p_value, rel=1e-6, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("case", ["births", "cohort"])
def test_at_the_estimate_the_score_is_zero(case):
    outcome, predictors, _ = model(case)
    y = np.array(outcome)
    design = np.column_stack([np.ones(len(y)), predictors])
    slopes = [log(row.estimate) for row in fit(case, "wald").values()]
    centred = design[:, 1:] - design[:, 1:].mean(axis=0)
    # The intercept that fits the number of events, by bisection.
    low, high = -30.0, 30.0
    for _ in range(200):
        middle = (low + high) / 2
        too_many = expit(middle + centred @ slopes).sum() > y.sum()
        low, high = (low, middle) if too_many else (middle, high)
    residual = centred.T @ (y - expit(low + centred @ slopes))
    assert np.max(np.abs(residual / centred.std(axis=0))) < 1e-9


def test_the_penalised_score_is_the_slope_of_the_penalised_likelihood():
    outcome, predictors, _ = model("endometrial")
    x = np.column_stack([np.ones(len(outcome)), predictors / predictors.max(axis=0)])
    likelihood = Likelihood(np.array(outcome), x, np.zeros(len(x)), penalized=True)
    b = np.array([0.3, 0.5, -0.4, -0.8])
    here = likelihood.at(b)
    for i, step in enumerate(np.eye(4) * 1e-5):
        up, down = likelihood.at(b + step), likelihood.at(b - step)
        assert (up.value - down.value) / 2e-5 == approx(here.score[i], rel=1e-7)
        bend = (down.score - up.score) / 2e-5
        assert bend == approx(here.curvature[i], rel=1e-6, abs=1e-7)


def test_newton_reaches_a_score_of_1e_10_where_probabilities_are_extreme():
    # Nearly separated: one event lies a little inside the others.
    x = np.r_[np.linspace(0, 1, 30), np.linspace(1.01, 2, 30), 0.995]
    y = np.r_[np.zeros(30), np.ones(31)]
    design = np.column_stack([np.ones(61), (x - x.mean()) / x.std()])
    best = fit_all(Likelihood(y, design, np.zeros(61), penalized=False))
    assert best.converged
    assert best.residual <= 1e-10
    assert best.point.coefficients[1] > 50


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(-5, 5)), min_size=2, max_size=12)
)
def test_one_predictor_separates_exactly_when_the_two_ranges_do_not_overlap(pairs):
    y, x = np.array(pairs).T
    assume(0 < y.sum() < len(y) and len(set(x)) > 1)
    events, others = x[y == 1], x[y == 0]
    upwards, downwards = events.min() - others.max(), others.min() - events.max()
    gap = max(upwards, downwards)
    expected = "complete" if gap > 0 else "quasi" if gap == 0 else "none"
    found = separation(y, x[:, None])
    assert found.kind == expected
    if expected != "none":
        assert found.directions == ("up" if upwards >= downwards else "down",)


def separates(y, x):
    """Look through the normals of all lines between two differences of points."""
    differences = (x[y == 1][:, None, :] - x[y == 0][None, :, :]).reshape(-1, 2)
    normals = [(b, -a) for a, b in differences] + [(-b, a) for a, b in differences]
    products = differences @ np.array(normals).T
    return bool((np.all(products >= 0, axis=0) & np.any(products > 0, axis=0)).any())


@settings(deadline=None, max_examples=80)
@given(binary_models())
def test_two_predictors_separate_exactly_when_a_line_does(problem):
    y, x = problem
    assume(0 < y.sum() < len(y))
    assume(np.linalg.matrix_rank(x - x.mean(axis=0)) == 2)
    # Without an intercept in the way: a line exists when all differences of an event
    # and a non-event lie in one half plane, one of them inside.
    assert (separation(y, x).kind != "none") == separates(y, x)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6)), min_size=2, max_size=30)
)
def test_auc_is_the_share_of_pairs_in_order(pairs):
    y, score = np.array(pairs).T
    assume(0 < y.sum() < len(y))
    gaps = np.subtract.outer(score[y == 1], score[y == 0])
    e = auc(y, score)
    assert e.estimate == approx(((np.sign(gaps) + 1) / 2).mean())
    assert auc(y, -score).estimate == approx(1 - e.estimate)
    assert auc(y, -score).std_error == approx(e.std_error, nan_ok=True)
    assert auc(1 - y, score).estimate == approx(1 - e.estimate)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.floats(-5, 5)), min_size=4, max_size=30)
)
def test_auc_does_not_change_when_the_scale_of_the_score_does(pairs):
    y, score = map(np.array, zip(*pairs, strict=True))
    assume(0 < y.sum() < len(y))
    _, ranks = np.unique(score, return_inverse=True)
    there, back = auc(y, ranks), auc(y, np.exp(ranks / 3.0))
    assert (back.estimate, back.warning) == (there.estimate, there.warning)
    assert back.p_value == approx(there.p_value, nan_ok=True)


# ---- corners

ALL = pytest.mark.parametrize("inference", INFERENCES)
Y = [0, 1, 0, 1, 1, 0, 1, 0]
X = [1.0, 2.0, 3.0, 4.0, 2.5, 1.5, 3.5, 2.2]


def is_empty(row):
    fields = (row.estimate, row.std_error, row.ci_low, row.ci_high)
    return all(map(isnan, (*fields, row.test_statistic, row.p_value)))


@ALL
@pytest.mark.parametrize(
    ("outcome", "warning"),
    [([0] * 8, "no events"), ([1] * 8, "only events"), ([], "no observations")],
)
def test_without_both_outcomes_there_is_no_odds_ratio(inference, outcome, warning):
    predictors = np.array(X[: len(outcome)]).reshape(-1, 1)
    (row,) = logistic(outcome, predictors, names=["x"], inference=inference)
    assert is_empty(row)
    assert row.warning == warning
    assert (row.n, row.n_events) == (len(outcome), sum(outcome))


@ALL
def test_a_constant_predictor_has_no_odds_ratio_and_leaves_the_others_alone(inference):
    both = np.column_stack([X, np.full(8, 0.1)])
    row, constant = logistic(Y, both, names=TWO, inference=inference)
    (alone,) = logistic(Y, both[:, :1], names=["a"], inference=inference)
    assert is_empty(constant)
    assert constant.warning == "'b' is constant"
    assert row == alone


@ALL
def test_collinear_predictors_are_named_and_the_others_are_estimated(inference):
    x = np.array(X)
    z = np.array([1.0, 0, 0, 1, 0, 1, 1, 0])
    names = ["age_onset", "female", "age_start"]
    rows = logistic(Y, np.column_stack([x, z, 2 - x]), names=names, inference=inference)
    for row in (rows[0], rows[2]):
        assert is_empty(row)
        assert row.warning == "collinear: 'age_onset', 'age_start'"
    beside = logistic(Y, np.column_stack([x, z]), names=names[:2], inference=inference)
    assert rows[1] == beside[1]


@ALL
def test_a_full_set_of_indicators_is_collinear_with_the_intercept(inference):
    male = np.array([1.0, 0, 0, 1, 0, 1, 1, 0])
    both = np.column_stack([male, 1 - male])
    rows = logistic(Y, both, names=("male", "female"), inference=inference)
    assert [row.warning for row in rows] == ["collinear: 'male', 'female'"] * 2


@ALL
def test_fewer_observations_than_coefficients_give_no_odds_ratio(inference):
    predictors = [[1, 5, 2], [2, 4, 4], [0, 1, 1]]
    rows = logistic([0, 1, 0], predictors, names=("a", "b", "c"), inference=inference)
    for row in rows:
        assert is_empty(row)
        assert row.warning == "3 observations for 4 coefficients (intercept included)"


@ALL
def test_one_observation_gives_no_odds_ratio(inference):
    (row,) = logistic([1], [[3.0]], names=["x"], inference=inference)
    assert is_empty(row)


def test_wald_has_no_finite_number_where_a_predictor_separates():
    row = fit("endometrial", "wald")["NV"]
    assert row.estimate == inf
    assert all(map(isnan, (row.std_error, row.ci_low, row.ci_high, row.p_value)))
    assert row.warning.startswith(
        "quasi-complete separation by 'NV' (odds ratio tends to infinity); maximum "
        "likelihood in the limit, which rests on 66 of 79 observations"
    )


def test_separation_downwards_gives_an_odds_ratio_of_zero():
    outcome, predictors, names = model("complete")
    rows = logistic(outcome, -predictors, names=names, inference="profile")
    assert rows[0].estimate == rows[0].ci_low == 0.0
    assert log(rows[0].ci_high) == approx(
        -RESULTS["complete", "profile_one_sided", "dose"]["limit"], rel=1e-6
    )
    wald = logistic(outcome, -predictors, names=names, inference="wald")
    assert wald[0].estimate == 0.0
    assert isnan(wald[0].ci_high)


def test_firth_stays_finite_under_separation_and_says_that_there_was_one():
    row = fit("complete", "firth")["dose"]
    assert 1 < row.ci_low < row.estimate < row.ci_high < inf
    assert row.warning == (
        "complete separation by 'dose' (odds ratio tends to infinity), 'age' "
        "(direction not determined); penalised estimates are finite"
    )


def test_separation_names_predictor_and_direction():
    outcome, predictors, names = model("endometrial")
    found = separation(outcome, predictors, names=names)
    assert (found.kind, found.names, found.directions) == ("quasi", ("NV",), ("up",))
    assert (found.columns, found.n_separated, found.n) == ((0,), 13, 79)
    assert "to 0" in separation(1 - np.array(outcome), predictors).text


def test_separation_by_a_sum_that_neither_predictor_shows_alone_is_found():
    x = np.array([[0, 3], [1, 1.5], [3, 0], [2, 0.5], [0, 4], [1, 3], [3, 2], [4, 0]])
    y = [0, 0, 0, 0, 1, 1, 1, 1]
    assert [separation(y, x[:, [i]]).kind for i in (0, 1)] == ["none", "none"]
    found = separation(y, x, names=TWO)
    assert (found.kind, found.directions) == ("complete", ("up", "up"))


def test_separation_is_not_fooled_by_the_size_of_the_numbers():
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    y = [0, 0, 1, 0, 1, 1]
    for scale in (1e-7, 1.0, 1e7):
        assert separation(y, (1e4 + x[:, None]) * scale).kind == "none"


def test_without_separation_there_is_nothing_to_name():
    found = separation(*model("births")[:2])
    assert (found.kind, found.columns, found.n_separated) == ("none", (), 0)
    assert found.text == "no separation"


@pytest.mark.parametrize(
    ("outcome", "warning"), [([0, 0], "no events"), ([1, 1], "only events")]
)
def test_the_intercept_alone_separates_without_both_outcomes(outcome, warning):
    found = separation(outcome, [[1.0], [2.0]])
    assert (found.kind, found.n_separated, found.warning) == ("complete", 2, warning)
    assert found.text == "complete separation by the intercept alone"


def test_separation_of_no_observations_is_none_with_a_warning():
    found = separation([], np.empty((0, 1)))
    assert (found.kind, found.warning) == ("none", "no observations")


def test_separation_says_which_predictors_it_left_out():
    x = np.column_stack([X, np.ones(8), 2 * np.array(X)])
    found = separation(Y, x, names=("a", "b", "c"))
    assert found.warning == "'b' is constant; collinear: 'a', 'c'"


def test_an_odds_ratio_beyond_the_largest_number_is_infinite_without_a_crash():
    (row,) = logistic(Y, np.array(X)[:, None] * 1e-6, names=["x"], inference="wald")
    assert row.estimate == inf
    assert row.warning == "the odds ratio is out of range; a larger unit would show it"
    assert row.std_error == approx(
        1e6 * logistic(Y, np.array(X)[:, None], names=["x"])[0].std_error
    )


@pytest.mark.parametrize(
    ("outcome", "score", "estimate", "warning"),
    [
        ([], [], nan, "no events"),
        ([0, 0], [1, 2], nan, "no events"),
        ([1, 1], [1, 2], nan, "only events"),
        ([1, 0, 0], [2, 1, 3], 0.5, "a single event has no variance"),
        ([1, 0, 1], [2, 1, 3], 1.0, "a single non-event has no variance"),
        ([0, 0, 1, 1], [1, 2, 3, 4], 1.0, "the score separates"),
        ([0, 0, 1, 1], [3, 4, 1, 2], 0.0, "the score separates"),
        ([0, 0, 1, 1], [7, 7, 7, 7], 0.5, "the score is constant"),
    ],
)
def test_auc_without_a_variance_has_no_interval(outcome, score, estimate, warning):
    e = auc(outcome, score)
    assert e.estimate == approx(estimate, nan_ok=True)
    assert all(map(isnan, (e.std_error, e.ci_low, e.ci_high, e.p_value)))
    assert e.warning.startswith(warning)


def test_the_interval_of_the_auc_is_cut_off_at_one():
    e = auc([0, 0, 0, 1, 1, 1], [1, 2, 4, 3, 5, 6])
    assert e.estimate + 1.96 * e.std_error > 1
    assert e.ci_high == 1.0


def test_results_name_method_size_and_level():
    rows = logistic(*model("births")[:2], names=model("births")[2], confidence=0.9)
    assert {(r.statistic, r.method, r.n, r.n_events, r.confidence) for r in rows} == {
        ("odds_ratio", "logistic_maximum_likelihood_wald", 189, 59, 0.9)
    }
    assert [r.term for r in rows] == model("births")[2]


@ALL
def test_a_higher_confidence_gives_a_longer_interval(inference):
    outcome, predictors, names = model("univariable")
    widths = []
    for confidence in (0.5, 0.9, 0.95, 0.999):
        (row,) = logistic(
            outcome,
            predictors,
            names=names,
            inference=inference,
            confidence=confidence,
        )
        widths.append(log(row.ci_high / row.ci_low))
    assert all(narrow < wide for narrow, wide in pairwise(widths))


# ---- refusals

GOOD = {"outcome": [0, 1, 1], "predictors": [[1.0], [2.0], [3.0]], "names": ["x"]}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"outcome": [0, 1, 2]}, "outcome must hold 0 and 1 only, but got 2"),
        ({"outcome": [[0, 1, 1]]}, r"outcome must have 1 dimension\(s\), but got 2"),
        ({"outcome": [0, 1]}, "predictors must have 2 rows like outcome, but got 3"),
        ({"outcome": [0, 1, nan]}, "outcome must be finite .*, but got nan in row 2"),
        (
            {"predictors": [[1.0], [nan], [3.0]]},
            "predictors must be finite .*, but got nan in row 1, column 0",
        ),
        (
            {"predictors": [1, 2, 3]},
            r"predictors must have 2 dimension\(s\), but got 1",
        ),
        (
            {"predictors": np.empty((3, 0)), "names": []},
            "predictors must have at least one column, but got 0",
        ),
        ({"names": ["x", "y"]}, r"names must be 1 texts, .*, but got \['x', 'y'\]"),
        ({"names": "x"}, "names must be 1 texts, .*, but got 'x'"),
        (
            {"predictors": np.eye(3)[:, :2], "names": ["x", "x"]},
            "names must differ, but got x, x",
        ),
        (
            {"inference": "auto"},
            "inference must be one of wald, profile, firth, but got 'auto'",
        ),
        ({"confidence": 95}, "confidence must be between 0 and 1, but got 95"),
    ],
)
def test_logistic_refuses_by_name(wrong, message):
    arguments = GOOD | wrong
    with pytest.raises(ValueError, match=message):
        logistic(arguments.pop("outcome"), arguments.pop("predictors"), **arguments)


def test_auc_refuses_a_score_of_another_length_and_missing_values():
    with pytest.raises(ValueError, match="score must have 2 values like outcome, but"):
        auc([0, 1], [1, 2, 3])
    with pytest.raises(
        ValueError, match=r"score must be finite .*, but got nan in row"
    ):
        auc([0, 1], [1, nan])
    with pytest.raises(ValueError, match="confidence must be between 0 and 1"):
        auc([0, 1], [1, 2], confidence=1)


def test_the_finite_coefficients_of_a_separated_model_are_those_of_the_overlap():
    outcome, predictors, names = model("endometrial")
    inside = predictors[:, 0] == 0
    alone = logistic(
        np.array(outcome)[inside],
        predictors[inside][:, 1:],
        names=names[1:],
        inference="profile",
    )
    for row, other in zip(
        list(fit("endometrial", "profile").values())[1:], alone, strict=True
    ):
        assert row.estimate == approx(other.estimate, rel=1e-8)
        assert (row.ci_low, row.ci_high) == approx((other.ci_low, other.ci_high))


def test_odds_ratios_are_per_one_unit_of_the_predictor():
    # The odds are 1 to 3 at 0 and 3 to 1 at 10: a ratio of 9 in ten units.
    outcome, exposed = table_2x2(3, 1, 1, 3)
    (row,) = logistic(outcome, np.array(exposed) * 10, names=["x"])
    assert row.estimate == approx(exp(log(9) / 10))
