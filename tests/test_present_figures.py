import subprocess
import sys
from math import isnan
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from present_material import ROOT, comparison, course, fact, results, study, words
from rejia.errors import DefinitionError
from rejia.present.figures import FIGURES, FORMATS, build_figures, render, write_figures

RATIO = {"analysis": "risk", "outcome": "crp", "term": "age", "group": "A"}


def ratio(odds, low, high):
    return comparison(
        fact("o", "odds_ratio", odds, **RATIO),
        fact("l", "ci_low", low, **RATIO),
        fact("h", "ci_high", high, **RATIO),
    )


def texts(figure):
    found = [t.get_text() for t in figure.findobj(lambda a: hasattr(a, "get_text"))]
    return [text for text in found if text]


def draw(name, **released):
    made = study(figures=[name])
    tables = {f"{key}.tsv": table for key, table in released.items()}
    return build_figures(made, tables, words())[name]


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_can_be_drawn_of_nothing(name):
    figure = draw(name)
    assert isinstance(figure, Figure)
    assert all(render(figure, suffix) for suffix in FORMATS)


def test_unknown_figures_are_refused_with_those_there_are():
    with pytest.raises(DefinitionError, match=r"'timelines' is unknown; did you mean"):
        build_figures(study(figures=["timelines"]), {}, words())


def test_a_bounded_value_is_drawn_at_its_bound_with_its_sign():
    row = {"patient": "p1", "variable": "crp", "unit": "mg/L", "upper_limit": 5.0}
    figure = draw(
        "timeline",
        course=course(
            row | {"visit": "before", "value": 36.0},
            row | {"visit": "after", "value": 0.2, "comparator": "<"},
        ),
    )
    axes = next(a for a in figure.axes if a.get_title("left") == "Inflammation")
    markers = {line.get_marker(): line.get_ydata()[0] for line in axes.lines}
    assert (markers["o"], markers["v"]) == (36.0, 0.2)
    assert "<0.2" in texts(figure)
    assert "CRP: p1 36, <0.2" in figure.get_label()


def test_an_odds_ratio_outside_its_interval_is_drawn_as_printed_and_said():
    figure = draw("forest", comparison=ratio("1.02", "1.307", "1.674"))
    assert "1.02 (1.307–1.674) ✗" in texts(figure)
    assert words().text("figures.forest_inverted") in texts(figure)


def test_a_recomputed_odds_ratio_stands_beside_the_printed_one():
    row = RATIO | {
        "population": "patients",
        "statistic": "odds_ratio",
        "estimate": 1.4444,
        "ci_low": 1.1,
        "ci_high": 1.9,
        "p_value": 0.0301,
        "row": "r",
    }
    figure = draw("forest", comparison=ratio("1.5", "1.2", "2.0"), results=results(row))
    assert "1.444 (1.100–1.900), p 0.030" in texts(figure)
    assert words().text("figures.forest_inverted") not in texts(figure)


def test_the_flow_shows_every_count_that_is_printed_for_a_step():
    step = {"analysis": "flow", "outcome": "cohort"}
    figure = draw(
        "flow",
        comparison=comparison(
            fact("a", "n", "60", population="treated", level="treated", **step),
            fact("b", "n", "56", population="trial", level="trials", **step),
            fact("c", "n", "57", population="trial", level="trials", **step),
            fact("d", "n", "20", population="trial", level="missing_films", **step),
            fact("e", "n", "40", population="patients", level="analysed", **step),
        ),
    )
    assert "In clinical trials\nn = 56 / 57" in texts(figure)
    assert "Missing films\nn = 20" in texts(figure)


def test_the_share_of_each_first_grade_is_drawn_as_printed():
    key = {
        "analysis": "grade_transitions",
        "outcome": "crp",
        "level": "grade_0>unchanged",
        "low": 78.5,
        "high": 79.5,
    }
    figure = draw(
        "grade_transitions",
        comparison=comparison(
            fact("p", "percent", "79", **key),
            fact("again", "percent", "79", **key, place="Figure 2"),
            fact("n", "n_of", "203", **key),
            fact("d", "denominator", "257", **key),
        ),
    )
    assert [t for t in texts(figure) if "203" in t] == ["79 % (203/257)"]
    assert "Grade 0: unchanged" in texts(figure)


def test_each_patient_with_two_known_values_is_a_line():
    test = {
        "id": "paired",
        "test": "signed_rank",
        "outcomes": ["crp"],
        "visit": "after",
        "ref_visit": "before",
        "convention": "spss-16-npar",
        "family": "f",
    }
    families = {"f": {"m": 1, "method": "none"}}
    made = study(figures=["paired_changes"], analyses=[test], families=families)
    row = {"variable": "crp", "visit": "before"}
    after = {"variable": "crp", "visit": "after"}
    table = course(
        row | {"patient": "p1", "value": 9.0},
        after | {"patient": "p1", "value": 2.0},
        row | {"patient": "p2", "value": 8.0},
        after | {"patient": "p2", "value": 0.2, "comparator": "<"},
    )
    mean = fact("m", "mean", "8.5", outcome="crp", visit="before", low=8.45, high=8.55)
    released = {"course.tsv": table, "comparison.tsv": comparison(mean)}
    figure = build_figures(made, released, words())["paired_changes"]
    (axes,) = figure.axes
    drawn = [[y for y in line.get_ydata() if not isnan(y)] for line in axes.lines]
    assert [line for line in drawn if line] == [[9.0, 2.0], [8.5]]
    assert "CRP, mg/L: 1 (Before → After)." in figure.get_label()


def test_the_description_of_a_figure_is_in_its_svg():
    figure = draw("forest", comparison=ratio("1.5", "1.2", "2.0"))
    root = ElementTree.fromstring(render(figure, "svg").decode())
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert "Age: 1.5 (1.2–2.0)" in title.text


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"formats must be of svg, pdf, png"):
        write_figures({}, ["eps"], tmp_path)


SCRIPT = """
import sys, hashlib
sys.path.insert(0, {tests!r})
from present_material import comparison, fact, study, words
from test_present_figures import ratio
from rejia.present.figures import build_figures, render, FORMATS
tables = {{"comparison.tsv": ratio("1.5", "1.2", "2.0")}}
made = study(figures=["forest", "audit_map"])
for figure in build_figures(made, tables, words()).values():
    for suffix in FORMATS:
        print(suffix, hashlib.sha256(render(figure, suffix)).hexdigest())
"""


def test_figures_are_the_same_bytes_in_another_process():
    outputs = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT.format(tests=str(ROOT / "tests"))],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "src")},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert outputs.pop().count("\n") == 6


def test_presentation_loads_no_figure_or_word_library_before_it_needs_one():
    code = (
        "import sys, rejia.present.tables, rejia.present.report;"
        "print([n for n in ('matplotlib', 'docx', 'scipy') if n in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert out.strip() == "[]"
