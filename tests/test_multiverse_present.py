"""Threshold curve, exchange check, and what they say of a claim."""

from math import nan

import pytest

from present_material import comparison, fact, frame, study, words
from rejia.contracts import RESULTS
from rejia.present.coupling import by_threshold, coupling_sentences, share_text
from rejia.present.figures import FORMATS, build_figures, render

ONSET = {
    "analysis": "risk",
    "population": "patients",
    "outcome": "crp",
    "term": "age",
    "group": "C",
    "reference": "A+B",
}
LABELS = {"improved": "A", "unchanged": "B", "worsened": "C"}
GROUPS = {"outcome": "crp", "from": "before", "to": "after", "labels": LABELS}
RISK = {
    "id": "risk",
    "test": "logistic",
    "event": {"group": "C"},
    "predictors": ["age"],
    "inference": "wald",
    "family": "none_declared",
}
CONTRAST = {
    "id": "contrast",
    "test": "rank_sum",
    "outcomes": ["age"],
    "group": "C",
    "reference": "A+B",
    "convention": "r-4.6",
    "family": "none_declared",
}
CLAIMS = [
    {"id": "onset", "says": "Older is worse", "rests_on": ["onset_or"]},
    {"id": "other", "says": "CRP fell", "rests_on": ["crp_mean"]},
]
FACTS = comparison(
    fact("onset_or", "odds_ratio", "1.4", **ONSET),
    fact("crp_mean", "mean", "3.1", outcome="crp"),
)


def ratio(scenario, estimate, low, high, p, **columns):
    return ONSET | {
        "scenario": scenario,
        "statistic": "odds_ratio",
        "estimate": estimate,
        "ci_low": low,
        "ci_high": high,
        "p_value": p,
        **columns,
    }


def size(scenario, group, n):
    return {
        "scenario": scenario,
        "analysis": "describe",
        "outcome": "cohort",
        "group": group,
        "statistic": "n",
        "estimate": n,
    }


DETECTABLE = {
    "scenario": "sdc:k_2_level_0.95",
    "analysis": "groups",
    "outcome": "crp",
    "statistic": "smallest_detectable_change",
    "estimate": 1.5,
}
MULTIVERSE = frame(
    RESULTS,
    ratio("threshold:2", 1.1, 0.8, 1.5, 0.52),
    ratio("threshold:0", 1.4, 1.04, 1.89, 0.028),
    ratio("sdc:k_2_level_0.95", 1.2, 0.9, 1.6, 0.21, warning="few events"),
    ratio("exchange:outcome", 1.01, 0.9, 1.2, 0.02, test_statistic=1.4),
    ratio("exchange:visits", 1.05, 0.82, 1.34, 0.023, test_statistic=1.4),
    DETECTABLE,
    size("threshold:0", "C", 21.0),
    size("threshold:2", "C", 13.0),
)


def made(**definitions):
    base = {
        "groups": GROUPS,
        "analyses": [RISK, CONTRAST],
        "claims": CLAIMS,
        "figures": ["threshold_curve", "exchange_check"],
    }
    return study(**(base | definitions))


def figures(multiverse=MULTIVERSE, **definitions):
    tables = {"multiverse.tsv": multiverse, "comparison.tsv": FACTS}
    return build_figures(made(**definitions), tables, words())


def texts(figure):
    found = [t.get_text() for t in figure.findobj(lambda a: hasattr(a, "get_text"))]
    return [text for text in found if text]


def test_curve_ascends_with_the_detectable_change_at_its_own_value():
    (places,) = by_threshold({"multiverse.tsv": MULTIVERSE}).values()
    assert [place.threshold for place in places] == [0, 1.5, 2]
    assert [place.is_detectable for place in places] == [False, True, False]


def test_curve_shows_odds_ratios_sizes_and_the_detectable_change():
    figure = figures()["threshold_curve"]
    (axes,) = figure.axes
    marks = [(x, y) for line in axes.lines for x, y in [_point(line)] if x is not None]
    assert marks == [(0, 1.4), (1, 1.2), (2, 1.1)]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["0", "1.5", "2"]
    assert {"21", "13"} <= set(texts(figure))
    assert "1.5: 1.20 (p 0.210)" in figure.get_label()


def _point(line):
    x, y = line.get_xdata(), line.get_ydata()
    return (x[0], y[0]) if len(x) == 1 else (None, None)


def test_curve_of_p_is_drawn_for_a_test():
    row = {"analysis": "contrast", "outcome": "age", "group": "C", "reference": "A+B"}
    rows = [
        row
        | {"scenario": f"threshold:{t}", "statistic": "mann_whitney_u", "p_value": p}
        for t, p in ((0, 0.01), (1, 0.2))
    ]
    figure = figures(frame(RESULTS, *rows), claims=[])["threshold_curve"]
    assert words().text("columns.p_value") in texts(figure)
    assert "0: 0.010, 1: 0.200" in figure.get_label()


def test_a_suppressed_row_is_no_point():
    rows = frame(
        RESULTS,
        ratio("threshold:0", 1.4, 1.04, 1.89, 0.028),
        ratio("threshold:2", nan, nan, nan, nan),
    )
    (places,) = by_threshold({"multiverse.tsv": rows}).values()
    assert [place.threshold for place in places] == [0]


def test_exchange_check_shows_what_is_seen_beside_its_spread():
    figure = figures()["exchange_check"]
    (axes,) = figure.axes
    bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]
    assert bars[0] == pytest.approx((0.82, 1.34))
    assert bars[1] == pytest.approx((0.9, 1.2))
    diamonds = [line for line in axes.lines if line.get_marker() == "D"]
    assert [line.get_xdata()[0] for line in diamonds] == [1.4]
    assert "2.3 %; 2.0 %" in texts(figure)
    assert "Age 1.40 seen, 1.05 (0.820 to 1.34) under exchange" in figure.get_label()


def test_infinite_limit_ends_at_the_edge_of_the_axis():
    row = ratio("exchange:visits", 1.05, 0.0, float("inf"), 0.5, test_statistic=1.4)
    figure = figures(frame(RESULTS, row))["exchange_check"]
    (axes,) = figure.axes
    (bar,) = axes.patches
    ends = (bar.get_x(), bar.get_x() + bar.get_width())
    assert ends == pytest.approx(axes.get_xlim())
    assert all(render(figure, suffix) for suffix in FORMATS)


def sentences(multiverse=MULTIVERSE):
    tables = {"multiverse.tsv": multiverse, "comparison.tsv": FACTS}
    return coupling_sentences(made(), tables, words())


def test_claim_about_groups_says_what_exchange_and_thresholds_give():
    found = sentences()
    assert list(found) == ["onset"]
    _, exchange, thresholds = found["onset"]
    assert "odds ratio 1.40; exchange alone gives 1.05 (0.820 to 1.34)" in exchange
    assert "2.3 % of the exchanges" in exchange
    assert "outside what the grouping alone gives" in " ".join(exchange.split())
    assert "0: 0.028, 1.5 (smallest detectable change): 0.210, 2: 0.520" in thresholds


def test_comparison_inside_the_spread_is_said_to_be():
    row = ratio("exchange:visits", 1.05, 0.82, 1.44, 0.2, test_statistic=1.4)
    (_, line) = sentences(frame(RESULTS, row))["onset"]
    assert "inside what the grouping alone gives" in " ".join(line.split())


def test_outcome_that_makes_the_groups_is_said_first():
    row = {
        **{name: ONSET[name] for name in ("population", "group", "reference")},
        "scenario": "exchange:visits",
        "analysis": "contrast",
        "outcome": "crp",
        "visit": "before",
        "statistic": "probability_of_superiority",
        "estimate": 0.36,
        "ci_low": 0.26,
        "ci_high": 0.47,
        "test_statistic": 0.35,
        "p_value": 0.73,
    }
    swapped = ratio("exchange:visits", 1.05, 0.82, 1.34, 0.023, test_statistic=1.4)
    lines = sentences(frame(RESULTS, swapped, row))["onset"]
    assert lines[1].startswith("CRP, Before, ")
    assert "73 %" in lines[1]


def test_drawn_cohort_is_named_as_such():
    row = ratio("threshold:0", 1.4, 1.04, 1.89, 0.028, cohort_kind="drawn")
    head = sentences(frame(RESULTS, row))["onset"][0]
    assert words().text("coupling.drawn") in head


def test_study_without_groups_or_multiverse_says_nothing():
    assert coupling_sentences(made(groups=None), {}, words()) == {}
    assert coupling_sentences(made(), {"comparison.tsv": FACTS}, words()) == {}


@pytest.mark.parametrize(
    ("share", "text"), [(0.0282, "2.8 %"), (0.5, "50 %"), (0.0001, "<0.1 %")]
)
def test_share_is_written_in_percent(share, text):
    assert share_text(share) == text
