import ast
import re

import pytest

from present_material import ROOT, words
from rejia.errors import DefinitionError
from rejia.present.labels import Labels, read_labels

PRESENT = ROOT / "src" / "rejia" / "present"


def read(tmp_path, text):
    path = tmp_path / "labels.yaml"
    path.write_text(text, encoding="utf-8")
    return read_labels(path)


def test_a_missing_label_is_named_with_the_nearest(tmp_path):
    labels = read(tmp_path, "headings: {claims: Claims}")
    with pytest.raises(DefinitionError, match=r"headings.claim is missing; did you"):
        labels.text("headings.claim")


def test_a_placeholder_that_nobody_fills_is_a_fault(tmp_path):
    labels = read(tmp_path, "a: '{n} of {total}'")
    with pytest.raises(DefinitionError, match="wants 'total'; known here: n"):
        labels.text("a", n=1)


def test_braces_in_data_are_data():
    assert Labels({"a": "{x}"}).text("a", x="{y}") == "{y}"


def test_all_faults_of_the_file_come_at_once(tmp_path):
    with pytest.raises(DefinitionError) as raised:
        read(
            tmp_path,
            "a: 3\npanels:\n  one: {title: One, scale: logg, variables: [x]}\n"
            "  two: {titel: Two}\n",
        )
    faults = "\n".join(raised.value.faults)
    assert "a: must be text, but got 3" in faults
    assert "panels.one.scale: 'logg' is not allowed" in faults
    assert "panels.two.titel: key is unknown; did you mean 'title'?" in faults
    assert "panels.two.variables: must be a list of names" in faults


def used_labels():
    for path in PRESENT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and isinstance(
                node.func, ast.Attribute
            )
            if not is_call or node.func.attr != "text" or not node.args:
                continue
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value
    for path in (PRESENT / "templates").glob("*.j2"):
        for name in re.findall(r'\bt\("([a-z_.]+)"[,)]', path.read_text("utf-8")):
            yield name


def test_every_label_that_the_code_names_is_there():
    names = set(used_labels())
    assert len(names) > 60
    assert sorted(names - set(words().texts)) == []


def test_templates_of_the_report_hold_no_typed_number():
    for name in ("report.html.j2", "index.html.j2", "table.html.j2"):
        text = (PRESENT / "templates" / name).read_text(encoding="utf-8")
        prose = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
        prose = re.sub(r"<[^>]*>", " ", prose)
        assert re.findall(r"\d+", prose) == [], name
