"""Several cohorts under one specification: where each is read from, what is pooled."""

from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from rejia.study.base import Model, Name, Text
from rejia.study.sources import Sources

# Folders of a study beside those of its cohorts.
RESERVED = ("tables", "figures", "check")
# What a study says of all its cohorts together.
_OF_ALL = ("cohorts", "pooling")


class Cohort(Sources):
    """
    One cohort of a study that has several.

    Everything of ``sources:`` may be said of it; what it does not say is taken from
    there.
    """

    name: Name
    label: Text

    @model_validator(mode="after")
    def _has_its_own(self) -> "Cohort":
        if self.cohort is None:
            raise PydanticCustomError("cohort", "needs `cohort:`, its file or folder")
        if self.facts is not None:
            raise PydanticCustomError(
                "facts",
                "has no facts: printed numbers belong to a study of their own, named "
                "in compare_with",
            )
        if self.name in RESERVED:
            raise PydanticCustomError(
                "name",
                "must have another name: {name} is a folder of the study",
                {"name": self.name},
            )
        return self


class Pooling(Model):
    """
    Analyses whose estimates are pooled over the cohorts, with random effects.

    The first of `methods` is the one that is drawn. `interval` is how its interval is
    made; `confidence` its level.
    """

    analyses: tuple[Name, ...] = Field(min_length=1)
    methods: tuple[Literal["reml", "dersimonian_laird"], ...] = (
        "reml",
        "dersimonian_laird",
    )
    interval: Literal["hartung_knapp", "normal"] = "hartung_knapp"
    confidence: float = Field(default=0.95, gt=0, lt=1)


def cohort_document(content: dict[str, Any], name: str) -> dict[str, Any]:
    """
    Return the definition of one cohort of a study, as a study of its own.

    Parameters
    ----------
    content : dict
        A study's YAML with ``cohorts:``.
    name : str
        Name of one of them.

    Returns
    -------
    dict
        The same study; its sources are those of the cohort, its title names it.

    Raises
    ------
    ValueError
        If no cohort has that name.
    """
    for entry in content.get("cohorts", ()):
        if entry["name"] == name:
            kept = {key: part for key, part in content.items() if key not in _OF_ALL}
            kept["sources"] = {**(content.get("sources") or {}), **entry}
            kept["title"] = f"{content['title']}: {entry['label']}"
            return kept
    known = ", ".join(str(entry["name"]) for entry in content.get("cohorts", ()))
    raise ValueError(f"name must be one of {known or 'none'}, but got {name!r}")
