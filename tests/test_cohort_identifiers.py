"""Identifiers as keyed hashes: what is published, who may read the key, collisions."""

import stat
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejia.cli.keys import ensure_key
from rejia.cli.stages import run_stage
from rejia.cohort.identifiers import KEY, hashed_names, project_key, with_hashes
from rejia.errors import DataError
from rejia.study import read_study

STUDY = """\
study: small
title: A small study
citation: small2020
sources: {cohort: cohorts/small, hash_identifiers: true}
visits: {baseline: {label: Before}}
variables:
  crp: {label: CRP, unit: mg/L, step: 0.1, min: 0}
"""
NAMES = ("Yamada-17", "Suzuki-3")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(STUDY)
    folder = tmp_path / "data/cohorts/small"
    folder.mkdir(parents=True)
    first, second = NAMES
    (folder / "patients.tsv").write_text(f"patient\tsex\n{first}\tmale\n{second}\t\n")
    (folder / "visits.tsv").write_text(
        f"patient\tvisit\n{first}\tbaseline\n{second}\tbaseline\n"
    )
    (folder / "measurements.tsv").write_text(
        "patient\tvisit\tvariable\tvalue\tunit\n"
        f"{first}\tbaseline\tcrp\t1.5\tmg/L\n{second}\tbaseline\tcrp\t2.5\tmg/L\n"
    )
    return tmp_path


def run_cohort(project: Path, out: str) -> None:
    options = {
        "study": project / "small.yaml",
        "cohort": project / "data/cohorts/small",
        "data": project / "data",
        "out": project / out,
    }
    pairs = [(f"--{name}", str(path)) for name, path in options.items()]
    run_stage(["cohort", *(text for pair in pairs for text in pair)])


def test_hash_is_hmac_sha256_of_rfc_4231():
    # RFC 4231, test case 2: key "Jefe", data "what do ya want for nothing?".
    found = hashed_names(["what do ya want for nothing?"], b"Jefe", digits=64)
    whole = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert list(found.values()) == [f"p{whole}"]


def test_work_holds_hashes_and_no_identifier(project, capsys):
    run_cohort(project, "work")
    told = capsys.readouterr()
    texts = [path.read_text() for path in (project / "work").iterdir()]
    everything = "".join([*texts, told.out, told.err])
    key = (project / "data" / KEY).read_text().strip()
    assert not any(name in everything for name in NAMES)
    assert key not in everything
    hashes = hashed_names(NAMES, bytes.fromhex(key))
    measured = pd.read_csv(project / "work/measurements.tsv", sep="\t")
    assert dict(zip(measured["patient"], measured["value"], strict=True)) == {
        hashes[NAMES[0]]: 1.5,
        hashes[NAMES[1]]: 2.5,
    }


def test_same_key_same_tables_and_another_key_others(project):
    run_cohort(project, "first")
    run_cohort(project, "second")
    first, second = (
        (project / name / "patients.tsv").read_bytes() for name in ("first", "second")
    )
    assert first == second
    (project / "data" / KEY).unlink()
    run_cohort(project, "third")
    assert (project / "third/patients.tsv").read_bytes() != first


def test_key_is_of_its_owner_alone_and_out_of_git(tmp_path):
    key, is_new = project_key(tmp_path)
    path = tmp_path / KEY
    assert (len(key), is_new) == (32, True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (path.parent / ".gitignore").read_text() == "*\n"
    assert project_key(tmp_path) == (key, False)
    assert sorted(p.name for p in path.parent.iterdir()) == [".gitignore", path.name]


def test_key_that_others_may_read_is_refused(tmp_path):
    project_key(tmp_path)
    (tmp_path / KEY).chmod(0o640)
    with pytest.raises(DataError, match=r"no longer secret.*\n.*chmod 600"):
        project_key(tmp_path)


@pytest.mark.parametrize("text", ["", "abc\n", "0" * 63, "0" * 66, "é" * 64])
def test_damaged_key_is_refused_and_not_shown(tmp_path, text):
    project_key(tmp_path)
    (tmp_path / KEY).write_text(text)
    with pytest.raises(DataError, match="64 hexadecimal digits") as caught:
        project_key(tmp_path)
    assert not text or text not in str(caught.value)


def test_collision_is_refused_without_a_name():
    # Seventeen identifiers and sixteen hashes of one digit.
    names = [f"patient-{n}" for n in range(17)]
    with pytest.raises(DataError, match="share the hash") as caught:
        hashed_names(names, b"key", digits=1)
    assert "patient-" not in str(caught.value)


@given(st.lists(st.text(min_size=1), unique=True, max_size=30))
def test_hashes_are_as_many_as_patients(names):
    found = hashed_names(names, b"key")
    assert len(set(found.values())) == len(names)
    assert not any(hashed.isdigit() for hashed in found.values())


def test_order_of_hashed_tables_is_not_that_of_the_file():
    names = [f"n{place:02d}" for place in range(20)]
    table = pd.DataFrame({"patient": names, "value": range(20)})
    made = with_hashes({"measurements": table}, b"key")["measurements"]
    assert list(made["patient"]) == sorted(made["patient"])
    hashes = hashed_names(names, b"key")
    assert dict(zip(made["patient"], made["value"], strict=True)) == {
        hashes[name]: value for value, name in enumerate(names)
    }


def test_key_is_made_where_a_study_asks_and_told_once(project, capsys):
    study = read_study(project / "small.yaml")
    sources = study.sources.model_copy(update={"hash_identifiers": False})
    ensure_key(project / "data", [study.model_copy(update={"sources": sources})])
    assert not (project / "data" / KEY).exists()
    ensure_key(project / "data", [study])
    ensure_key(project / "data", [study])
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("made: ") == 1
    assert (project / "data" / KEY).read_text().strip() not in told.err
