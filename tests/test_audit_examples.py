"""Three published tables come out exactly as documented."""

from pathlib import Path

import pytest

from rejia.audit import audit
from rejia.facts import read_facts
from rejia.study import read_structure

EXAMPLES = Path(__file__).parents[1] / "examples" / "audit"
EXPECTED = {
    "jia_autoimmunity": {},
    "jia_mri": {
        "percent_of_count-girls_b_percent": "100 x 5 / 13 = 38.4615",
        "percent_of_count-subtype_oligo_extended_b_percent": "100 x 1 / 13 = 7.69231",
    },
    "heijstek2012": {
        "percent_of_count-mumps_doses_none_controls_percent": (
            "100 x 360 / 2176 = 16.5441"
        ),
        "percent_of_count-mumps_doses_two_controls_percent": (
            "100 x 228 / 2176 = 10.4779"
        ),
        "percent_of_count-rubella_doses_two_controls_percent": (
            "100 x 227 / 2176 = 10.432"
        ),
    },
}


def test_every_example_is_expected():
    assert {path.parent.name for path in EXAMPLES.glob("*/facts.tsv")} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_published_table_gives_exactly_the_documented_findings(name):
    folder = EXAMPLES / name
    audited = audit(
        read_facts(folder / "facts.tsv"), read_structure(folder / "structure.yaml")
    )
    red = audited[audited["verdict"] == "inconsistent"].set_index("id")
    assert set(red.index) == set(EXPECTED[name])
    for finding, arithmetic in EXPECTED[name].items():
        assert red.loc[finding, "evidence"] == "proof"
        assert red.loc[finding, "arithmetic"].startswith(arithmetic)
