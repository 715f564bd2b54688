"""From a YAML file to a study whose cross-references hold."""

from pathlib import Path

from pydantic import Field

from rejia.errors import DefinitionError
from rejia.study.document import read_document
from rejia.study.faults import validate
from rejia.study.references import reference_faults
from rejia.study.schema import (
    Groups,
    Model,
    Name,
    Population,
    Structure,
    Study,
    Variable,
)


class _StructureFile(Model):
    """A file that holds a structure and, where wanted, the scales it speaks of."""

    structure: Structure
    variables: dict[Name, Variable] = Field(default_factory=dict)
    populations: dict[Name, Population] = Field(default_factory=dict)
    groups: Groups | None = None


def read_study(path: Path) -> Study:
    """
    Read a study.

    Parameters
    ----------
    path : Path
        ``config/studies/<study>.yaml``; the file's name is the study's.

    Returns
    -------
    Study

    Raises
    ------
    DefinitionError
        With all faults of the schema, or all faults of the cross-references.
    """
    document = read_document(path)
    study = validate(document, Study)
    faults = reference_faults(study, document)
    if study.study != path.stem:
        faults.insert(
            0,
            f"{document.where(('study',))}: study: {study.study!r} must be the name "
            f"of the file, {path.stem!r}",
        )
    if faults:
        raise DefinitionError(f"{path} does not fit together:", faults)
    return study


def read_structure(path: Path) -> Structure:
    """
    Read the structure that an audit needs, from a study or a file of its own.

    Parameters
    ----------
    path : Path
        YAML with ``structure:`` and, where wanted, ``variables:``,
        ``populations:`` and ``groups:``; or a whole study.

    Returns
    -------
    Structure

    Raises
    ------
    DefinitionError
        With all faults.
    """
    document = read_document(path)
    if "study" in document.content:
        return validate(document, Study).structure
    read = validate(document, _StructureFile)
    merges = dict(read.groups.merges) if read.groups else {}
    return read.structure.model_copy(
        update={
            "merges": merges | read.structure.merges,
            "groups": read.structure.groups or read.groups,
            "variables": read.variables | read.structure.variables,
            "populations": read.populations | read.structure.populations,
        }
    )
