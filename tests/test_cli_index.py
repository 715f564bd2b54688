"""The page that every report links to is there after a run of one study."""

from pathlib import Path

import pytest

from present_material import ROOT
from rejia.cli.presenting import refresh_index
from rejia.frame import write_text

STUDY = """\
study: {name}
title: Study {name}
citation: {name}2020
sources: {{facts: published/{name}/facts.tsv}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    labels = (ROOT / "config" / "labels.yaml").read_text(encoding="utf-8")
    write_text(tmp_path / "config" / "labels.yaml", labels)
    for name in ("first", "second"):
        text = STUDY.format(name=name)
        write_text(tmp_path / "config" / "studies" / f"{name}.yaml", text)
    write_text(tmp_path / "config" / "studies" / "broken.yaml", "study: [\n")
    return tmp_path


def test_the_index_leads_to_the_reports_that_exist(project):
    for name in ("second", "broken"):
        write_text(project / "results" / name / "report.html", "report")
    refresh_index(project)
    index = project / "results" / "index.html"
    text = index.read_text(encoding="utf-8")
    assert 'href="second/report.html"' in text
    assert "first/report.html" not in text
    assert "broken/report.html" not in text


def test_an_index_that_says_the_same_is_not_written_again(project):
    write_text(project / "results" / "first" / "report.html", "report")
    refresh_index(project)
    index = project / "results" / "index.html"
    written = index.stat().st_ino, index.stat().st_mtime_ns
    refresh_index(project)
    assert (index.stat().st_ino, index.stat().st_mtime_ns) == written
    write_text(project / "results" / "second" / "report.html", "report")
    refresh_index(project)
    assert 'href="second/report.html"' in index.read_text(encoding="utf-8")
