"""The project's configuration: seed, sizes, formats, privacy."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from rejia.study.document import read_document
from rejia.study.faults import validate
from rejia.study.schema import Model, Name, Privacy


class Formats(Model):
    """File formats of tables and figures."""

    tables: tuple[Literal["csv", "html", "docx", "tex"], ...] = ("csv", "html")
    figures: tuple[Literal["svg", "pdf", "png"], ...] = ("svg",)


class Config(Model):
    """
    Choices that hold for every study of a project.

    `studies` is empty for all files of ``config/studies``.
    """

    seed: int = Field(ge=0)
    studies: tuple[Name, ...] = ()
    formats: Formats = Formats()
    privacy: Privacy = Privacy()


def read_config(path: Path) -> Config:
    """Read ``config/config.yaml``; raise `DefinitionError` with all its faults."""
    return validate(read_document(path), Config)
