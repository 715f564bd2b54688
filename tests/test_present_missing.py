"""What is shown of missing values: only what is released, withheld cells as such."""

from math import nan
from pathlib import Path

import pandas as pd
import pytest

from present_material import words
from rejia.contracts import RESULTS
from rejia.present.figures import build_figures
from rejia.present.tables import build_tables
from rejia.study import Study, read_study

STUDY = """\
study: small
title: A small study
citation: small2020
sources: {cohort: cohorts/small}
visits: {baseline: {label: Before}, follow_up: {label: After}}
variables:
  crp: {label: CRP, unit: mg/L}
  esr: {label: ESR, unit: mm/h}
groups:
  outcome: crp
  from: baseline
  to: follow_up
  labels: {improved: A, unchanged: B, worsened: C}
analyses:
  - {id: gaps, test: missing_pattern, outcomes: [esr, crp], visits: [baseline],
     groups: [all, A]}
tables: [missing_data]
figures: [missing_data]
"""


@pytest.fixture
def study(tmp_path: Path) -> Study:
    path = tmp_path / "small.yaml"
    path.write_text(STUDY)
    return read_study(path)


def row(statistic: str, estimate: float, n: float, missing: float, **key: str):
    kinds = {name: column.kind for name, column in RESULTS.items()}
    empty = {name: "" if kind == "text" else nan for name, kind in kinds.items()}
    text = {"study": "small", "scenario": "primary", "analysis": "gaps", **key}
    numbers = {"estimate": estimate, "n": n, "n_missing": missing}
    name = "-".join([*key.values(), statistic])
    return {**empty, **text, **numbers, "statistic": statistic, "row": name}


def released() -> dict[str, pd.DataFrame]:
    at = {"visit": "baseline"}
    pattern = {"outcome": "missing_pattern", "group": "all"}
    rows = [
        row("n_there", 33, 33, 7, outcome="crp", group="all", **at),
        row("n_there", nan, nan, nan, outcome="crp", group="A", **at),
        row("n_there", 30, 30, 10, outcome="esr", group="all", **at),
        row("n_there", 8, 8, 5, outcome="esr", group="A", **at),
        row("n", 23, 40, 0, level="none", **pattern),
        row("n", 10, 40, 0, level="esr@baseline", **pattern),
        row("n", 7, 40, 0, level="crp@baseline;esr@baseline", **pattern),
    ]
    return {"results.tsv": pd.DataFrame(rows, columns=list(RESULTS))}


def test_table_gives_missing_of_all_and_the_patterns_largest_first(study):
    (table,) = build_tables(study, released(), words())
    shown = [[cell.text for cell in line.cells] for line in table.rows]
    assert shown == [
        ["ESR, before", "10/40 (25 %)", "5/13 (38 %)"],
        ["CRP, before", "7/40 (18 %)", "–"],
        ["What patients lack together"],
        ["nothing of these", "23", ""],
        ["ESR, before", "10", ""],
        ["CRP, before; ESR, before", "7", ""],
    ]
    assert words().text("computed.withheld") in [text for _, text in table.footnotes]


def test_figure_draws_shares_and_a_square_for_each_missing_value(study):
    figure = build_figures(study, released(), words())["missing_data"]
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert {"10/40 (25 %)", "7/40 (18 %)", "23", "10", "7"} <= set(texts)
    filled = [p for p in figure.axes[0].patches if p.get_facecolor()[:3] != (1, 1, 1)]
    dark = [p for p in filled if sum(p.get_facecolor()[:3]) < 0.5 and p.get_fill()]
    squares = [p for p in dark if p.get_width() < 0.2 and p.get_facecolor()[3] == 1]
    assert len(squares) == 3
    assert "CRP, before; ESR, before: 7." in figure.get_label()


def test_withheld_patterns_are_said_and_not_drawn(study):
    tables = released()
    results = tables["results.tsv"]
    hidden = results["outcome"] == "missing_pattern"
    results.loc[hidden, ["estimate", "n", "n_missing"]] = nan
    results.loc[hidden, "warning"] = "suppressed: a count under 5"
    (table,) = build_tables(study, tables, words())
    assert [line.cells[1].text for line in table.rows[3:]] == ["–"] * 3
    figure = build_figures(study, tables, words())["missing_data"]
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert not {"23", "nothing of these"} & set(texts)


def test_without_results_there_is_an_empty_table_and_figure(study):
    nothing = {"results.tsv": pd.DataFrame(columns=list(RESULTS))}
    (table,) = build_tables(study, nothing, words())
    assert table.rows == ()
    assert build_figures(study, nothing, words())["missing_data"].axes
