"""Definitions: YAML to frozen models, cross-references checked, all faults at once."""

from rejia.study.config import Config, read_config
from rejia.study.grouping import classify
from rejia.study.read import read_structure, read_study
from rejia.study.schema import (
    Analysis,
    Claim,
    Family,
    Groups,
    Population,
    Repair,
    Spec,
    Structure,
    Study,
    TableSpec,
    Variable,
    Visit,
)

__all__ = [
    "Analysis",
    "Claim",
    "Config",
    "Family",
    "Groups",
    "Population",
    "Repair",
    "Spec",
    "Structure",
    "Study",
    "TableSpec",
    "Variable",
    "Visit",
    "classify",
    "read_config",
    "read_structure",
    "read_study",
]
