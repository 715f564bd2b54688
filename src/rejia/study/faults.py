"""Validation of a document against a model, in the words of the person who wrote it."""

from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from rejia.errors import DefinitionError
from rejia.frame import nearest
from rejia.study.document import Document, Place

M = TypeVar("M", bound=BaseModel)

# Pydantic's words are for programmers; these are for the writer of the file.
_WORDS = {
    "missing": "is missing",
    "string_type": "must be text (quote it if it looks like a number)",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping of keys to values",
    "model_type": "must be a mapping of keys to values",
    "bool_type": "must be true or false",
    "too_short": "must have at least one entry",
    "string_too_short": "must not be empty",
}


def validate(document: Document, model: type[M]) -> M:
    """
    Turn a document into a model.

    Parameters
    ----------
    document : Document
        As read.
    model : type
        Closed pydantic model.

    Returns
    -------
    BaseModel

    Raises
    ------
    DefinitionError
        With all faults, each with its line.
    """
    try:
        return model.model_validate(document.content)
    except ValidationError as error:
        faults = list(dict.fromkeys(_fault(document, model, e) for e in error.errors()))
        raise DefinitionError(
            f"{document.path} does not fit its schema:", faults
        ) from None


def _fault(document: Document, model: type[BaseModel], error: Any) -> str:
    kind = error["type"]
    place = _in_document(document, error["loc"])
    found = error.get("input")
    name = ".".join(str(part) for part in place) or "the file"
    where = document.where(place)
    if kind == "extra_forbidden":
        known = _siblings(model, error["loc"])
        allowed = f" (allowed: {', '.join(known)})" if known else ""
        hint = nearest(str(place[-1]), known)
        return f"{where}: {name}: key is unknown{hint}{allowed}"
    if kind == "missing":
        return f"{where}: {name} is missing"
    if kind in {"literal_error", "union_tag_invalid"}:
        context = error["ctx"]
        allowed = context.get("expected") or context.get("expected_tags", "")
        got = context.get("tag", found)
        choices = [part.strip(" '") for part in allowed.replace(" or ", ",").split(",")]
        return (
            f"{where}: {name}: {got!r} is not allowed{nearest(str(got), choices)}"
            f" (allowed: {', '.join(choices)})"
        )
    if kind == "union_tag_not_found":
        return f"{where}: {name}: key 'test' is missing; it says which analysis this is"
    if kind == "string_pattern_mismatch":
        return (
            f"{where}: {name}: {found!r} is no name; allowed are letters, digits and _"
            " (lower case, and + in groups), starting with a letter"
        )
    what = _WORDS.get(kind, error["msg"].lower())
    shown = "" if isinstance(found, dict | list) else f", but got {found!r}"
    return f"{where}: {name}: {what}{shown}"


def _in_document(document: Document, loc: tuple[Any, ...]) -> Place:
    """Drop the union tags that pydantic puts into a place."""
    place: list[str | int] = []
    here: Any = document.content
    for part in loc:
        if part == "[key]":
            continue
        if isinstance(here, dict) and part in here:
            here = here[part]
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
        elif part is not loc[-1]:
            continue
        elif isinstance(here, list) or not isinstance(here, dict):
            continue
        place.append(part)
    return tuple(place)


def _siblings(model: type[BaseModel], loc: tuple[Any, ...]) -> list[str]:
    """Return the keys that the model allows where an unknown one was found."""
    here: list[type[BaseModel]] = [model]
    for part in loc[:-1]:
        models: list[type[BaseModel]] = []
        for candidate in here:
            fields = {
                field.alias or name: field
                for name, field in candidate.model_fields.items()
            }
            if part in fields:
                models += _models_in(fields[part].annotation)
        if models:
            here = models
        else:
            tagged = [m for m in here if _tag(m) == part]
            here = tagged or here
    return sorted(
        {
            field.alias or name
            for candidate in here
            for name, field in candidate.model_fields.items()
        }
    )


def _tag(model: type[BaseModel]) -> str:
    field = model.model_fields.get("test")
    return str(get_args(field.annotation)[0]) if field is not None else ""


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]
