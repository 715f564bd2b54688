"""The joint level as a stage of the workflow."""

import argparse
import sys

import pandas as pd

from rejia.contracts import CONFLICTS
from rejia.frame import read_table, write_table
from rejia.study import read_study


def write_joint_conflicts(arguments: argparse.Namespace) -> None:
    """
    Write the conflicts of the audit, and after them those of the joint level.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``study``, ``facts``, ``conflicts`` (of the audit) and ``out``.
    """
    from rejia.ensemble import joint_level
    from rejia.ensemble.joint_settlements import lay_joint_conflicts
    from rejia.ensemble.joint_spec import AS_PRINTED
    from rejia.facts import read_facts

    study = read_study(arguments.study)
    spec_id = study.draw.spec if study.draw is not None else None
    spec = joint_level.build(study, read_facts(arguments.facts), spec_id or AS_PRINTED)
    before = read_table(arguments.conflicts, CONFLICTS)
    known = [
        frozenset(facts.split(";")) - set(spec.premises)
        for kind, facts in zip(before["kind"], before["facts"], strict=True)
        if kind == "conflict"
    ]
    found = joint_level.conflicts(spec)
    laid = lay_joint_conflicts(found, known)
    write_table(pd.concat([before, laid], ignore_index=True), arguments.out, CONFLICTS)
    sys.stderr.write(
        f"{len(found.found)} conflicts of joints under {spec.id}, "
        f"{found.cost} printed numbers to put aside\n"
    )
