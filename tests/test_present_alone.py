"""Released tables, the study and the words are enough to make every table again."""

import subprocess
import sys

import pytest
import yaml

from present_cohorts import TINY, definition, released
from present_material import ROOT, words
from rejia.contracts import TABLES
from rejia.frame import write_table
from rejia.present.tables import FORMATS, build_tables, render

RESULTS_ALONE = (
    "baseline_by_group",
    "before_after",
    "grade_transitions",
    "acr_pedi_by_visit",
    "risk_factors",
    "agreement",
    "inactive_disease",
)


def make_again(folder, name, tables, wanted):
    """Write tables in an empty folder, make what is wanted of them in a new process."""
    source = TINY if name == "tiny" else ROOT
    study = (source / "config" / "studies" / f"{name}.yaml").read_text("utf-8")
    raw = yaml.safe_load(study)
    raw["tables"] = wanted
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(raw, sort_keys=False))
    config = {"seed": 1, "formats": {"tables": list(FORMATS)}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    labels = (ROOT / "config" / "labels.yaml").read_text("utf-8")
    (folder / "labels.yaml").write_text(labels, "utf-8")
    for file, table in tables.items():
        contract = TABLES[file.removesuffix(".tsv")]
        write_table(table, folder / "released" / file, contract)
    options = {
        "study": f"{name}.yaml",
        "config": "config.yaml",
        "labels": "labels.yaml",
    }
    options |= {"released": "released", "out": "made"}
    command = [sys.executable, "-m", "rejia", "stage", "tables"]
    for option, value in options.items():
        command += [f"--{option}", value]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_bytes() for path in (folder / "made").iterdir()}


def directly(name, tables, wanted):
    """Make the same tables of the frames themselves."""
    study = definition(name)
    kept = [table for table in study.tables if not isinstance(table, str)]
    specs = {spec.id: spec for spec in kept}
    asked = tuple(one if isinstance(one, str) else specs[one["id"]] for one in wanted)
    made = build_tables(study.model_copy(update={"tables": asked}), tables, words())
    return {f"{t.id}.{form}": render(t, form) for t in made for form in FORMATS}


@pytest.mark.parametrize("name", ["tiny", "aoki2014"])
def test_released_tables_alone_make_every_table_again_to_the_byte(tmp_path, name):
    tables = released(name)
    wanted = [
        one
        if isinstance(one, str)
        else one.model_dump(mode="json", exclude_defaults=True)
        for one in definition(name).tables
    ]
    again = make_again(tmp_path, name, tables, wanted)
    assert again == directly(name, tables, wanted)
    assert len(again) == len(wanted) * len(FORMATS)


def test_results_alone_make_every_computed_table(tmp_path):
    """Printed numbers stand beside where there are any; nothing else is missing."""
    tables = {"results.tsv": released("aoki2014")["results.tsv"]}
    again = make_again(tmp_path, "aoki2014", tables, list(RESULTS_ALONE))
    assert again == directly("aoki2014", tables, list(RESULTS_ALONE))
    for name in ("baseline_by_group", "grade_transitions"):
        full = directly("aoki2014", released("aoki2014"), [name])
        assert again[f"{name}.docx"] == full[f"{name}.docx"]
