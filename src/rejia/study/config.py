"""The project's configuration: seed, sizes, formats, privacy."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from rejia.study.document import read_document
from rejia.study.faults import validate
from rejia.study.schema import Model, Name, Privacy


class Formats(Model):
    """
    File formats of tables and figures.

    `preset` is how a journal writes numbers (``presets`` of ``labels.yaml``).
    """

    tables: tuple[Literal["csv", "html", "docx", "tex"], ...] = ("csv", "html")
    figures: tuple[Literal["svg", "pdf", "png"], ...] = ("svg",)
    preset: Name = "neutral"


class EnsembleSize(Model):
    """
    How much is drawn and searched.

    `cohorts` of the first spec and law, `sensitivity_cohorts` of each other;
    `cohorts_a_job` are drawn in one step of the workflow; `steps` are the moves of one
    search for the end of a hull.
    """

    cohorts: int = Field(default=14336, ge=1)
    sensitivity_cohorts: int = Field(default=2048, ge=1)
    cohorts_a_job: int = Field(default=7168, ge=1)
    steps: int = Field(default=20000, ge=100)


class Config(Model):
    """
    Choices that hold for every study of a project.

    `studies` is empty for all files of ``config/studies``.
    """

    seed: int = Field(ge=0)
    studies: tuple[Name, ...] = ()
    formats: Formats = Formats()
    privacy: Privacy = Privacy()
    ensemble: EnsembleSize = EnsembleSize()


def read_config(path: Path) -> Config:
    """Read ``config/config.yaml``; raise `DefinitionError` with all its faults."""
    return validate(read_document(path), Config)
