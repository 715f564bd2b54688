from pathlib import Path

import pytest

from rejia.scores.document import instruments_document, undocumented
from rejia.scores.rules import read_rules, rule_files

DOCUMENT = Path(__file__).parents[1] / "docs" / "instruments.md"


def test_the_document_is_what_the_rules_make():
    assert DOCUMENT.read_text(encoding="utf-8") == instruments_document()
    assert undocumented() == ()


@pytest.mark.parametrize("name", rule_files())
def test_every_rule_cites_its_source(name):
    rules = read_rules(name)
    assert rules
    assert all(rule["source"].strip() for rule in rules)


@pytest.mark.parametrize("name", rule_files())
def test_no_rule_is_given_twice(name):
    rules = [tuple(rule.values()) for rule in read_rules(name)]
    assert len(rules) == len(set(rules))
