"""Stages of the ensemble: draw blocks of cohorts; say what was attainable."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rejia import contracts
from rejia.ensemble.alternatives import planned_spec
from rejia.ensemble.attainable import (
    Drawn,
    attainable_rows,
    judged_facts,
    printed_texts,
    witness_rows,
)
from rejia.ensemble.blocks import (
    draw_blocks,
    read_cohorts,
    read_measured,
    write_blocks,
)
from rejia.ensemble.certify import certificate_rows, certify
from rejia.ensemble.dependent import draw_dependent
from rejia.ensemble.hulls import find_hulls
from rejia.ensemble.model import Ensemble, Spec
from rejia.ensemble.reproducer import reproducer_rows
from rejia.ensemble.sampled import sampling_rows
from rejia.facts import read_facts
from rejia.frame import write_table
from rejia.study import Study, read_config, read_study
from rejia.study.config import Config
from rejia.study.flow import draw_files

STARTS = 1024  # cohorts that searches may begin from
_DEPENDENT = 2048  # cohorts whose columns are made to depend on each other


def write_draws(arguments: argparse.Namespace) -> None:
    """Draw one file of blocks."""
    study, config = read_study(arguments.study), read_config(arguments.config)
    spec = planned_spec(study, read_facts(arguments.facts), str(arguments.spec))
    arrays = draw_blocks(
        spec,
        law=str(arguments.law),
        seed=config.seed,
        first=int(str(arguments.first)),
        cohorts=int(str(arguments.cohorts)),
    )
    write_blocks(arguments.out, arrays)
    sys.stderr.write(f"{arrays['values'].shape[2]} cohorts drawn\n")


def write_attainable(arguments: argparse.Namespace) -> None:
    """Search hulls, judge printed numbers, look for cohorts that reproduce them."""
    study, config = read_study(arguments.study), read_config(arguments.config)
    facts = read_facts(arguments.facts)
    jobs = int(str(arguments.jobs))
    plan = study.ensemble
    found = [
        _of_spec(study, facts, config, spec_id, arguments.draws, jobs)
        for spec_id in (plan.specs if plan is not None else ())
    ]
    tables = {
        "attainable": [one.rows for one in found],
        "witnesses": [*(one.witnesses for one in found)],
        "sampling": [one.sampling for one in found],
    }
    first = found[0]
    reproduced, witnesses = reproducer_rows(
        study, facts, first.spec, first.starts, seed=config.seed, jobs=jobs
    )
    tables["reproducer"] = [reproduced]
    tables["witnesses"].append(witnesses)
    certificates = pd.concat([one.certificates for one in found], ignore_index=True)
    tables["certificates"] = [certificates]
    tables["judged"] = [judged_facts(study, facts, tables["attainable"], certificates)]
    for name, pieces in tables.items():
        table = pd.concat(pieces, ignore_index=True)
        write_table(table, arguments.out / f"{name}.tsv", _CONTRACTS[name])
    for verdict, count in tables["judged"][0]["attainability"].value_counts().items():
        sys.stderr.write(f"{count} printed numbers {verdict}\n")


_CONTRACTS = {
    "attainable": contracts.ATTAINABLE,
    "witnesses": contracts.WITNESSES,
    "certificates": contracts.CERTIFICATES,
    "sampling": contracts.SAMPLING,
    "reproducer": contracts.REPRODUCER,
    "judged": contracts.JUDGED,
}


@dataclass(frozen=True)
class _Found:
    """What one spec gave."""

    spec: Spec
    starts: Ensemble
    rows: pd.DataFrame
    witnesses: pd.DataFrame
    certificates: pd.DataFrame
    sampling: pd.DataFrame


def _of_spec(
    study: Study,
    facts: pd.DataFrame,
    config: Config,
    spec_id: str,
    folder: Path,
    jobs: int,
) -> _Found:
    spec = planned_spec(study, facts, spec_id)
    files = draw_files(study, config)
    laws = study.ensemble.laws if study.ensemble is not None else ()
    paths = {
        law: [
            folder / Path(file.path).name
            for file in files
            if (file.spec, file.law) == (spec_id, law)
        ]
        for law in laws
    }
    starts = read_cohorts(spec, laws[0], paths[laws[0]][0], STARTS)
    drawn = [Drawn(law, read_measured(paths[law])) for law in laws]
    hulls = find_hulls(
        spec,
        spec.tests,
        starts,
        seed=config.seed,
        steps=config.ensemble.steps,
        jobs=jobs,
    )
    sampling = sampling_rows(study.study, spec, drawn)
    drawn += _dependent(study, spec, laws[0], paths[laws[0]][0], config.seed)
    # The cohorts that were drawn are witnesses: what is proved is not of an empty set.
    proved = certify(spec, hulls, printed_texts(spec, facts))
    certificates = certificate_rows(study.study, proved)
    rows = attainable_rows(study, facts, spec, drawn, hulls, certificates)
    witnesses = witness_rows(spec, hulls)
    return _Found(spec, starts, rows, witnesses, certificates, sampling)


def _dependent(
    study: Study, spec: Spec, law: str, path: Path, seed: int
) -> Iterator[Drawn]:
    rhos: Sequence[float] = study.ensemble.dependence if study.ensemble else ()
    if rhos:
        ensemble = read_cohorts(spec, law, path, _DEPENDENT)
        yield from draw_dependent(spec, ensemble, rhos, seed=seed)
