"""Attainable values as tables, figures, sentences: what stands there, and no harm."""

import csv
import io
import re
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from present_material import HOSTILE, comparison, fact, frame, results, study, words
from rejia.contracts import ATTAINABLE, REPRODUCER, RESULTS, SAMPLING
from rejia.errors import DefinitionError
from rejia.present.attained import Cuts, read_attained, span_parts
from rejia.present.evidence import read_evidence
from rejia.present.explain import explain
from rejia.present.figures import build_figures, render, write_figures
from rejia.present.format import Quantity, format_parts
from rejia.present.methods import methods_text
from rejia.present.report import build_report
from rejia.present.reproduced import reproduced
from rejia.present.standing import side_of, standing_of
from rejia.present.survival import Survival
from rejia.present.tables import FORMATS, build_tables
from rejia.present.tables import render as render_table
from test_present_hostile import ALLOWED, DIRECTION, SVG, Tags

TEST = {"analysis": "contrast", "outcome": "crp", "group": "C", "reference": "A"}
RATIO = {"analysis": "risk", "outcome": "crp", "term": "age", "group": "C"}
TABLE = {"id": "t", "title": "Numbers", "place": "Table 1", "show": "attainable"}
SPECS = [{"id": "kept", "reason": "One mean that its groups cannot give"}]


def asked(name, statistic, printed, hull, cuts, verdict, **columns):
    """Return a printed number and its row of attainable values."""
    evidence = columns.pop("evidence", "enumeration")
    low, high = columns.pop("window", (float(printed) - 5e-4, float(printed) + 5e-4))
    shared = {
        "spec": "kept",
        "attainable_low": hull[0],
        "attainable_high": hull[1],
        "law": "uniform",
        **dict(zip(("q005", "q50", "q995"), cuts, strict=True)),
        "attainability": verdict,
        "witness": "kept-1;kept-2",
    }
    row = fact(name, statistic, printed, low=low, high=high, **shared, **columns)
    hull_by = "proof" if verdict in {"forced", "impossible"} else "search"
    keys = ("analysis", "population", "outcome", "term", "visit", "ref_visit")
    names = (*keys, "group", "reference", "statistic")
    key = {key: row[key] for key in names if key in row}
    attainable = {"scenario": "primary", **key, **shared, "evidence": hull_by}
    return row | {"evidence": evidence}, attainable


SEARCH = {"evidence": "search"}
MEAN = {"evidence": "proof", "window": (4.65, 4.75), "outcome": "age", "unit": "years"}


def numbers():
    hull, cuts = (0.0012, 0.13), (0.008, 0.02, 0.06)
    p1 = asked("p1", "p_value", "0.047", hull, cuts, "typical", **TEST)
    hull, cuts = (1.326, 1.5037), (1.33, 1.36, 1.4)
    searched = {**SEARCH, **RATIO}
    o1 = asked("o1", "odds_ratio", "1.02", hull, cuts, "not_attained", **searched)
    hull, cuts = (1.0, 3e7), (1.01, 1.03, 1.04)
    l1 = asked("l1", "ci_low", "1.307", hull, cuts, "not_attained", **searched)
    hull, cuts = (0.021, 0.049), (0.023, 0.026, 0.032)
    r1 = asked("r1", "p_value", "0.034", hull, cuts, "law_dependent", **RATIO)
    m1 = asked("m1", "mean", "4.7", (4.65, 4.655), (4.65, 4.65, 4.65), "forced", **MEAN)
    return [p1, o1, l1, r1, m1]


def other(row, **changes):
    return row | changes


def released(*extra, drop=()):
    pairs = [pair for pair in numbers() if pair[0]["fact"] not in drop]
    of_p1 = pairs[0][1]
    quiet = {"attainable_low": np.nan, "attainable_high": np.nan, "attainability": ""}
    rows = [row for _, row in pairs]
    rows += [
        other(of_p1, law="gamma", q005=0.01, q50=0.07, q995=0.09),
        other(of_p1, spec="halves", attainable_high=0.04, attainability="rare"),
        other(of_p1, scenario="dependence:-1", q50=0.001, **quiet),
        other(of_p1, scenario="dependence:+1", q50=0.3, **quiet),
    ]
    plain = fact("c1", "n", "40", outcome="cohort")
    in_drawn = {"population": "patients", **TEST}
    sampling = {"scenario": "primary", "statistic": "p_value", "spec": "kept"}
    return {
        "comparison.tsv": comparison(*(fact for fact, _ in pairs), plain, *extra),
        "attainable.tsv": frame(ATTAINABLE, *rows),
        "reproducer.tsv": frame(REPRODUCER, *searches()),
        "sampling.tsv": frame(
            SAMPLING,
            sampling | {"law": "uniform", "cohorts": 2048, "r_hat": 1.004, "ess": 811},
            sampling | {"law": "gamma", "cohorts": 1024, "r_hat": 1.012, "ess": 902},
        ),
        "multiverse.tsv": frame(
            RESULTS,
            in_drawn | {"scenario": "convention:r-4.6", "p_value": 0.05},
            in_drawn | {"scenario": "threshold:1", "p_value": 0.9},
        ),
    }


def searches():
    shared = {
        "study": "small",
        "spec": "kept",
        "subject": "crp@before+age",
        "facts": "p1;o1;r1",
        "printed": "0.047;1.02;0.034",
        "found": "no",
        "distance": 268.59,
    }
    raw = {"readings": "raw;raw", "nearest": "0.0471;1.326;0.02394"}
    corrected = {"readings": "times 3;raw", "nearest": "0.0476;1.329;0.0235"}
    return [
        shared | raw | {"witness": "kept-r1"},
        shared | corrected | {"witness": "kept-r2"},
    ]


def definitions(**more):
    claims = [{"id": "c", "says": "CRP", "rests_on": ["p1", "r1", "o1", "m1", "c1"]}]
    return study(tables=[TABLE], specs=SPECS, claims=claims, **more)


def table(**tables):
    return build_tables(definitions(), released() | tables, words())[0]


def body(made):
    return [[cell.text for cell in r.cells] for r in made.rows if not r.is_heading]


def texts(figure):
    found = [t.get_text() for t in figure.findobj(lambda a: hasattr(a, "get_text"))]
    return [text for text in found if text]


def figure(name, tables=None):
    made = definitions(figures=[name])
    return build_figures(made, tables or released(), words())[name]


def test_a_row_holds_printed_attainable_typical_and_verdict_side_by_side():
    made = table()
    assert [cell.text for cell in made.header[0]] == [
        *("What", "Printed", "Attainable", "Median", "Central 99 %"),
        *("Verdict", "Evidence", "Under other specs"),
    ]
    rows = body(made)
    assert rows[0][1:] == [
        *("0.047", "0.0012–0.1300", "0.0200", "0.0080–0.0600"),
        *("Typical", "drawn cohorts", "halves: Rare"),
    ]
    assert rows[1][1:4] == ["1.02", "1.326–1.504", "1.360"]
    assert rows[1][5:] == ["Not attained", "search", ""]
    assert rows[2][2] == "1.0000 to >9999"
    assert rows[4][2:6] == ["4.65–4.66", "4.65", "4.65", "Forced"]
    heads = [r.cells[0].text for r in made.rows if r.is_heading]
    assert heads == ["CRP, mg/L: contrast", "Age: risk", "Age, years: describe"]


def test_every_number_that_was_not_asked_is_counted_and_not_shown():
    made = table()
    shown = {name for row in made.rows for cell in row.cells for name in cell.facts}
    assert shown == {"p1", "o1", "l1", "r1", "m1"}
    notes = " ".join(text for _, text in made.footnotes)
    assert "Not shown: 1 printed numbers" in notes
    assert "of 2048 such cohorts, drawn under the uniform law" in notes
    assert "spec kept" in notes
    assert SPECS[0]["reason"] in notes


def test_a_p_whose_correction_is_not_stated_is_shown_after_it_in_brackets():
    cells = next(row.cells for row in table().rows if not row.is_heading)
    assert [cell.second for cell in cells[2:5]] == [
        *("0.0036–0.3900", "0.0600", "0.0240–0.1800"),
    ]
    found = read_attained(released(), read_evidence(released()))
    assert found["p1"].readings == (1, 3)
    assert found["r1"].readings == (1,)


def test_a_verdict_has_colour_sign_and_words_in_every_format():
    made = table()
    assert {entry.verdict for entry in made.legend} == {
        *("typical", "not_attained", "law_dependent", "forced"),
    }
    page = render_table(made, "html").decode()
    assert 'class="words v-not_attained"' in page
    assert "✕" in page
    assert r"\ensuremath{\times}" in render_table(made, "tex").decode()
    lines = list(csv.reader(io.StringIO(render_table(made, "csv").decode())))
    assert len({len(line) for line in lines}) == 1
    assert render_table(made, "docx")


def test_without_other_verdicts_there_is_no_column_for_other_specs():
    rows = released()["attainable.tsv"]
    same = table(**{"attainable.tsv": rows[rows["spec"] == "kept"]})
    assert same.width == 7
    unchanged = rows.assign(
        attainability=rows["attainability"].replace("rare", "typical")
    )
    made = table(**{"attainable.tsv": unchanged})
    assert made.width == 7
    assert any("No verdict is another one" in text for _, text in made.footnotes)


def test_a_place_without_facts_is_refused_and_without_answers_is_empty():
    empty = {"comparison.tsv": comparison(fact("c1", "n", "40"))}
    (made,) = build_tables(definitions(), empty, words())
    assert made.rows == ()
    assert made.footnotes[0][1] == words().text("attainable.nothing")
    with pytest.raises(DefinitionError, match="'Table 1'"):
        build_tables(definitions(), {"comparison.tsv": comparison()}, words())


def test_what_a_table_shows_is_one_of_two_ways():
    with pytest.raises(ValueError, match="printed"):
        study(tables=[TABLE | {"show": "typical"}])


def test_the_map_of_the_audit_draws_each_place_once():
    extra = definitions(figures=["audit_map"])
    plain = study(figures=["audit_map"])
    found = [
        render(build_figures(made, released(), words())["audit_map"], "svg")
        for made in (extra, plain)
    ]
    assert found[0] == found[1]


def test_equal_ends_are_written_once_and_signs_apart():
    def shown(*ends):
        return format_parts(span_parts(*(Quantity(end, digits=1) for end in ends)))

    assert shown(1.0, 1.04) == "1.0"
    assert shown(1.0, 1.06) == "1.0–1.1"
    assert shown(-2.0, 1.0) == "-2.0 to 1.0"


P_VALUES = st.lists(st.integers(0, 1000), min_size=1, max_size=400)


@given(P_VALUES, st.sampled_from(["below", "above"]))
def test_a_standing_is_the_share_of_cohorts_on_that_side(thousandths, side):
    p = np.array(thousandths) / 1000
    inside = p < 0.05 if side == "below" else p >= 0.05
    cuts = Cuts(*np.quantile(p, (0.005, 0.5, 0.995), method="inverted_cdf"))
    found = standing_of(side, (p.min(), p.max()), [cuts])
    share = inside.mean()
    assert (found == "forced") == (share == 1)
    assert (found == "never") == (share == 0)
    tail, half = round(len(p) * 0.005, 9), len(p) / 2
    within, outside = inside.sum(), len(p) - inside.sum()
    if found == "typical":
        assert outside <= tail
    if found == "rare":
        assert within <= tail
    if found in {"forced", "typical", "mostly"}:
        assert within >= half
    if found in {"never", "rare", "seldom"}:
        assert outside >= half


@given(P_VALUES, P_VALUES)
def test_a_standing_differs_by_law_only_where_halves_disagree(one, two):
    laws = [
        Cuts(*np.quantile(np.array(p) / 1000, (0.005, 0.5, 0.995))) for p in (one, two)
    ]
    found = standing_of("below", (0.0, 1.0), laws)
    halves = {cut.middle < 0.05 for cut in laws}
    assert (found == "law_dependent") == (len(halves) == 2)


def test_the_side_of_a_printed_p_is_read_off_its_digits():
    assert side_of(-np.inf, 0.001) == "below"
    assert side_of(-np.inf, 0.05) == "below"  # <0.05
    assert side_of(0.0495, 0.0505) == ""
    assert side_of(0.05, np.inf) == "above"


def test_significant_findings_are_ranked_by_how_often_they_are():
    box = Survival(definitions(), released(), words()).box()
    found = {one.name: [finding.fact for finding in one.findings] for one in box}
    # p1: median below under one law, above under the other; r1: 0.049 at most.
    assert found == {"forced": ["r1"], "law_dependent": ["p1"]}
    notes = {finding.fact: finding.note for one in box for finding in one.findings}
    assert notes["r1"] == "no search found otherwise; the number itself: law-dependent"
    assert notes["p1"] == "× 3: in less than half"


def test_a_claim_says_law_spec_dependence_convention_and_what_was_not_asked():
    made = Survival(definitions(), released(), words()).claims()["c"]
    assert made.words == words().text("survival.claim_law_dependent")
    sentence = made.lines[0].text
    for part in (
        "medians: uniform 0.020, gamma 0.070",
        "largest attainable p 0.130",
        "times 3",
        "Under other specs: halves: in every cohort found",
        "rank correlation -1 to +1), the median p is 0.001 to 0.300",
        "Under 1 other conventions of the test, p in the one drawn cohort is 0.050",
    ):
        assert part in sentence
    assert made.lines[1].text.startswith("Age, risk: p is below 0.05 in every cohort")
    assert (
        "largest attainable p 0.049; a search found none outside" in made.lines[1].text
    )
    assert made.lines[2].badge == "Not attained"
    assert "odds ratio 1.02: not attained; attainable 1.326–1.504" in made.lines[2].text
    assert [line.text[-4:] for line in made.lines[3:]] == ["(1).", ": 1."]


def test_without_an_ensemble_nothing_is_said():
    bare = {"comparison.tsv": comparison(fact("p1", "p_value", "0.04", **TEST))}
    survival = Survival(definitions(), bare, words())
    assert (survival.box(), survival.claims(), survival.spec) == ((), {}, "")
    report = build_report(definitions(), bare, [], None, words(), {})
    assert 'id="reproducer"' not in report
    assert words().text("survival.box_title") not in report
    assert "Attainable values" not in methods_text(definitions(), bare, {}, words())


def test_a_figure_has_one_row_a_printed_number():
    p, ratios = figure("attainable"), figure("attainable_ratios")
    assert [text for text in texts(p) if text in {"0.047", "0.034"}] == [
        "0.047",
        "0.034",
    ]
    assert {"1.02", "1.307"} <= set(texts(ratios))
    assert "2 printed numbers: 1 typical, 1 law-dependent." in texts(p)
    assert "2 printed numbers: 2 not attained." in texts(ratios)
    assert "CRP, p: printed 0.047, attainable 0.0012–0.1300, Typical." in p.get_label()
    assert words().text("figures.attainable_level", level="0.05") in texts(p)


def test_a_number_printed_in_two_places_is_one_row():
    again = numbers()[0][0] | {"fact": "p2", "place": "Text, Results"}
    found = figure("attainable", released(again))
    assert texts(found).count("0.047") == 1


def test_hull_quantiles_and_printed_number_are_drawn_where_they_are():
    (axes,) = figure("attainable").axes
    lines = [tuple(np.ravel(line.get_xdata())) for line in axes.lines]
    assert (0.0012, 0.13) in lines
    assert (0.008, 0.06) in lines
    assert (0.02,) in lines
    markers = {(line.get_marker(), *line.get_xdata()) for line in axes.lines}
    assert ("o", 0.047) in markers
    assert any(m[0] == "o" and m[1] == pytest.approx(0.047 / 3) for m in markers)


def test_what_lies_beyond_the_axis_is_an_arrow_at_its_end():
    (axes,) = figure("attainable_ratios").axes
    right = axes.get_xlim()[1]
    arrows = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == ">"]
    assert arrows == [pytest.approx(right)]


@pytest.mark.parametrize("name", ["attainable", "attainable_ratios"])
def test_a_figure_is_the_same_bytes_twice(name):
    first, second = figure(name), figure(name)
    for suffix in ("svg", "pdf", "png"):
        assert render(first, suffix) == render(second, suffix)


def test_tables_are_the_same_bytes_twice():
    for name in FORMATS:
        assert render_table(table(), name) == render_table(table(), name)


def test_the_forest_has_a_band_behind_each_printed_odds_ratio():
    more = fact("h1", "ci_high", "1.674", **RATIO)
    found = figure("forest", released(more))
    (axes,) = found.axes
    (band,) = axes.collections
    assert set(band.get_paths()[0].vertices[:, 0]) == {1.326, 1.5037}
    assert words().text("figures.forest_hull") in texts(found)


def test_the_reproducer_tells_which_numbers_the_nearest_cohort_has():
    raw, corrected = reproduced(definitions(), released(), words())
    assert raw.subject == "CRP, Before + Age"
    assert (raw.reading, corrected.reading) == ("", "p × 3")
    assert [(n.printed, n.nearest, n.fits) for n in raw.numbers] == [
        ("0.047", "0.0471", True),
        ("1.02", "1.326", False),
        ("0.034", "0.0239", False),
    ]
    assert (raw.found, raw.distance, raw.witness) == (False, "269", "kept-r1")


def test_explain_says_hull_quantiles_by_law_spec_and_where_the_cohorts_are():
    text = explain(definitions(), released(), "p1")
    for part in (
        "verdict: typical (enumeration)",
        "spec kept: 0.0012 to 0.13 (no value outside was found)",
        "spec kept, law gamma: 0.5 % 0.01, median 0.07, 99.5 % 0.09",
        "spec halves: 0.0012 to 0.04, rare",
        "rank correlation +1 within groups",
        "multiplied by 3",
        "cohorts at the ends: kept-1, kept-2",
        "results/small/witnesses.tsv",
    ):
        assert part in text
    assert "attainable, over" not in explain(definitions(), released(), "c1")


def test_the_methods_say_laws_cohorts_and_how_well_they_mixed():
    text = methods_text(definitions(), released(), {}, words())
    assert (
        "2048 cohorts under the uniform law, 1024 cohorts under the gamma law" in text
    )
    assert "effective sample size of any number 811" in text
    assert "largest split R-hat 1.012" in text
    assert "rank correlations of -1, +1" in text


def test_the_report_has_a_box_a_badge_and_the_reproducer():
    made = definitions()
    report = build_report(made, released(), [table()], None, words(), {})
    assert words().text("survival.box_title") in report
    assert 'class="badge v-not_attained"' in report
    assert re.search(r"1\.02 → <strong>1\.326</strong>", report)
    assert report.index("h-survival") < report.index('id="claim-c"')


@pytest.fixture(params=HOSTILE)
def hostile(request, tmp_path):
    bad = request.param
    tables = dict(released())
    for name, columns in (
        ("comparison.tsv", ["spec", "law", "witness", "unit", "analysis", "place"]),
        ("attainable.tsv", ["spec", "law", "witness", "analysis", "scenario"]),
        ("reproducer.tsv", ["subject", "witness", "readings"]),
        ("sampling.tsv", ["spec", "law"]),
    ):
        tables[name] = tables[name].assign(**dict.fromkeys(columns, bad))
    made = study(
        title=bad,
        tables=[TABLE | {"title": bad, "place": bad}],
        figures=["attainable", "attainable_ratios"],
        claims=[{"id": "c", "says": bad, "rests_on": ["p1", "o1"]}],
        variables={name: {"label": bad, "unit": bad} for name in ("crp", "age")},
    )
    shown = build_tables(made, tables, words())
    figures = build_figures(made, tables, words())
    write_figures(figures, ["svg"], tmp_path)
    report = build_report(made, tables, shown, tmp_path, words(), {})
    return made, tables, shown, figures, report


def test_hostile_text_does_no_harm(hostile):
    made, tables, (shown,), figures, report = hostile
    for page, scripts in ((report, 1), (render_table(shown, "html").decode(), 0)):
        parser = Tags()
        parser.feed(page)
        assert {tag for tag, _ in parser.tags} <= ALLOWED | SVG
        assert parser.scripts == scripts
        assert not DIRECTION.search(page)
        assert "49" not in re.findall(r">\s*(\d+)\s*<", page)
    for cells in csv.reader(io.StringIO(render_table(shown, "csv").decode())):
        assert not [cell for cell in cells if cell.lstrip()[:1] in {"=", "@"}]
    tex = render_table(shown, "tex").decode()
    assert r"\input" not in tex
    assert "$" not in tex.replace(r"\$", "")
    with zipfile.ZipFile(io.BytesIO(render_table(shown, "docx"))) as document:
        for name in ("word/document.xml", "docProps/core.xml"):
            content = document.read(name).decode()
            ElementTree.fromstring(content)
            assert not DIRECTION.search(content)
    for drawn in figures.values():
        content = render(drawn, "svg").decode()
        ElementTree.fromstring(content)
        assert not DIRECTION.search(content)
    for text in (explain(made, tables, "p1"), methods_text(made, tables, {}, words())):
        assert not DIRECTION.search(text)


def test_results_of_a_drawn_cohort_label_the_figure():
    row = {"row": "r", "statistic": "mean", "method": "mean", "cohort_kind": "drawn"}
    found = figure("attainable", released() | {"results.tsv": results(row)})
    assert words().text("kinds.drawn") in texts(found)
