"""Text from data does no harm in any output."""

import csv
import io
import re
import zipfile
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from present_material import (
    HOSTILE,
    TABLE_1,
    audit,
    comparison,
    course,
    fact,
    finding,
    results,
    study,
    words,
)
from rejia.present.explain import explain
from rejia.present.figures import FIGURES, build_figures, render, write_figures
from rejia.present.methods import methods_text
from rejia.present.report import build_index, build_report, build_summary
from rejia.present.tables import TABLES, build_tables
from rejia.present.tables import render as render_table

DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069\u200b-\u200f\u0000-\u0008\ud800]")
ALLOWED = set(
    "a article body br button caption code dd details div dl dt figcaption figure "
    "footer form h1 h2 h3 h4 head header html input label li main meta nav ol option "
    "output p script section select span strong style summary sup table tbody td th "
    "thead title tr ul".split()
)
SVG = {"svg", "g", "path", "defs", "use", "clippath", "rect", "style"}


class Tags(HTMLParser):
    """Collects every tag with its attributes, and every script."""

    def __init__(self):
        super().__init__()
        self.tags, self.scripts = [], 0

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.scripts += tag == "script"


ANALYSES = [
    {
        "id": "describe",
        "test": "describe",
        "outcomes": ["crp", "raynaud"],
        "visits": ["before", "after"],
        "groups": ["all", "A"],
    },
    {
        "id": "paired",
        "test": "signed_rank",
        "outcomes": ["crp"],
        "visit": "after",
        "ref_visit": "before",
        "convention": "r-4.5",
        "family": "none_declared",
    },
    {
        "id": "risk",
        "test": "logistic",
        "event": {"group": "A"},
        "predictors": ["crp"],
        "inference": "wald",
        "family": "none_declared",
    },
    {
        "id": "moves",
        "test": "transitions",
        "outcome": "crp",
        "visit": "after",
        "ref_visit": "before",
        "classes": {"grade_0": [0]},
    },
    {
        "id": "readers",
        "test": "weighted_kappa",
        "outcome": "crp",
        "finding": "larsen",
        "between": "inter",
        "weights": "linear",
        "visits": ["before"],
    },
]


def hostile_results(bad):
    """Return a result for each table that is built from results, words hostile."""
    base = {"cohort_kind": "observed", "method": bad, "unit": bad, "n": 4.0, "row": bad}
    base |= {"estimate": 0.5, "p_value": 0.5, "n_events": 2.0, "family": bad}
    base |= {"warning": bad, "component": bad, "ci_low": 0.1, "ci_high": 0.9}
    described = base | {"analysis": "describe", "outcome": "crp", "group": bad}
    rows = [
        described | {"statistic": name, "visit": visit}
        for name in ("mean", "sd", "median", "q1", "q3")
        for visit in ("before", "after")
    ]
    level = described | {"outcome": "raynaud", "level": bad, "visit": "before"}
    rows += [level | {"statistic": name} for name in ("n", "proportion")]
    rows.append(described | {"statistic": "n", "outcome": "cohort"})
    paired = {"analysis": "paired", "statistic": "w_plus", "outcome": "crp"}
    rows.append(base | paired | {"group": bad, "visit": "after"})
    risk = {"analysis": "risk", "statistic": "odds_ratio", "outcome": bad}
    rows.append(base | risk | {"term": "crp", "group": bad, "reference": bad})
    moves = {"analysis": "moves", "statistic": "n", "outcome": "crp"}
    rows.append(base | moves | {"level": "grade_0", "group": bad})
    readers = {"analysis": "readers", "statistic": "kappa", "outcome": "crp"}
    rows.append(base | readers | {"level": bad, "group": bad})
    return rows


def hostile_study(bad):
    return study(
        title=bad,
        variables={
            "crp": {"label": bad, "unit": bad},
            "cjadas": {"label": bad, "unit": bad},
            "raynaud": {"label": bad},
        },
        visits={"before": {"label": bad, "month": 0}, "after": {"label": bad}},
        analyses=ANALYSES,
        claims=[{"id": "c", "says": bad, "place": bad, "rests_on": ["f", "g"]}],
        tables=[TABLE_1 | {"title": bad}, *TABLES],
        figures=list(FIGURES),
    )


def hostile_tables(bad):
    key = {"outcome": "crp", "level": bad, "note": bad, "unit": bad, "visit": "before"}
    ratio = {"outcome": "crp", "term": bad, "analysis": bad, "group": bad}
    step = {"analysis": "flow", "level": bad, "outcome": "cohort"}
    row = {"patient": bad, "visit": "before", "unit": bad}
    return {
        "comparison.tsv": comparison(
            fact("f", "percent", "64", row=bad, **key),
            fact("g", "mean", "-1.5", group=bad, component=bad, **key),
            fact("o", "odds_ratio", "1.5", **ratio),
            fact("l", "ci_low", "1.2", **ratio),
            fact("h", "ci_high", "2.2", **ratio),
            fact("s", "n", "7", population="first", **step),
            fact("t", "n", "5", population=bad, **step),
        ),
        "audit.tsv": audit(
            finding(
                bad,
                "inconsistent",
                "f",
                rule=bad,
                place=bad,
                under=bad,
                arithmetic=bad,
                explanations=bad,
                repair=bad,
                printed=bad,
            ),
            finding("fine", "consistent", "g", arithmetic=bad, under=bad),
        ),
        "results.tsv": results(
            {
                "row": bad,
                "outcome": "crp",
                "statistic": "proportion",
                "method": bad,
                "cohort_kind": "observed",
                "warning": bad,
                "unit": bad,
                "estimate": 0.5,
                "group": bad,
            },
            *hostile_results(bad),
        ),
        "course.tsv": course(
            row | {"variable": "crp", "value": 1.0, "confidence": "C", "note": bad},
            row | {"variable": "cjadas", "value": 2.0, "comparator": "<"},
            row | {"variable": "raynaud", "text": bad},
            row | {"variable": bad, "text": bad, "component": bad},
            row | {"variable": "state", "text": bad, "score_version": bad},
        ),
    }


@pytest.fixture(scope="module", params=HOSTILE)
def made(request, tmp_path_factory):
    bad = request.param
    folder = tmp_path_factory.mktemp("figures")
    definitions, released = hostile_study(bad), hostile_tables(bad)
    tables = build_tables(definitions, released, words())
    figures = build_figures(definitions, released, words())
    write_figures(figures, ["svg"], folder)
    report = build_report(
        definitions, released, tables, folder, words(), {bad: bad, "x": bad}
    )
    return definitions, released, tables, figures, report


def test_html_holds_only_our_own_tags_and_scripts(made):
    definitions, released, tables, _, report = made
    summary = build_summary(definitions, released, words()) | {HOSTILE[0]: HOSTILE[1]}
    index = build_index([(definitions, summary)], words())
    pages = [(report, 1), (index, 0)]
    pages += [(render_table(table, "html").decode(), 0) for table in tables]
    for page, scripts in pages:
        parser = Tags()
        parser.feed(page)
        assert {tag for tag, _ in parser.tags} <= ALLOWED | SVG
        assert parser.scripts == scripts
        names = {name for _, attributes in parser.tags for name in attributes}
        assert not [name for name in names if name.startswith("on")]
        assert not DIRECTION.search(page)
        assert "49" not in re.findall(r">\s*(\d+)\s*<", page)


def test_tables_from_results_hold_the_hostile_words(made):
    filled = {table.id for table in made[2] if any(r.cells for r in table.rows)}
    assert {
        "baseline_by_group",
        "before_after",
        "risk_factors",
        "grade_transitions",
        "agreement",
    } <= filled


def test_csv_holds_no_formula(made):
    for table in made[2]:
        text = render_table(table, "csv").decode()
        assert not DIRECTION.search(text)
        for cells in csv.reader(io.StringIO(text)):
            for cell in cells:
                start = cell.lstrip()[:1]
                assert start not in {"=", "@"}
                assert start not in {"+", "-"} or re.fullmatch(r"[-+.\d ()%–]*", cell)


def test_latex_holds_only_our_own_commands(made):
    for table in made[2]:
        text = render_table(table, "tex").decode()
        assert r"\input" not in text
        assert "$" not in text.replace(r"\$", "")
        assert not re.search(r"(?<!\\)#", text)
        assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(
            r"\}"
        )
        assert not DIRECTION.search(text)


def test_word_documents_are_well_formed_and_hold_the_text_as_text(made):
    for table in made[2]:
        archive = zipfile.ZipFile(io.BytesIO(render_table(table, "docx")))
        body = archive.read("word/document.xml").decode()
        ElementTree.fromstring(body)
        assert body.count("<w:tbl>") + body.count("<w:tbl ") == 1
        assert not DIRECTION.search(body)
        assert "w:instrText" not in body


def test_figures_are_drawn_with_the_text_as_text(made):
    for figure in made[3].values():
        for name in ("svg", "pdf", "png"):
            content = render(figure, name)
            assert content
            if name == "svg":
                ElementTree.fromstring(content.decode())
                assert not DIRECTION.search(content.decode())


def test_plain_text_shows_what_would_be_hidden(made):
    definitions, released = made[:2]
    texts = [methods_text(definitions, released, {"x": "1"}, words())]
    texts += [explain(definitions, released, name) for name in ("f", "fine")]
    for text in texts:
        assert not DIRECTION.search(text)
