"""Generated pages are those of the code."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_dictionary_page_is_that_of_the_contracts():
    made = runpy.run_path(str(ROOT / "docs" / "make_dictionary.py"))["dictionary"]()
    assert (ROOT / "docs" / "dictionary.md").read_text(encoding="utf-8") == made
