"""YAML with line numbers: repeated keys and broken syntax are faults with a place."""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from rejia.errors import DefinitionError

Place = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """SafeLoader in which only true and false are booleans (no, off, y are text)."""


class _FastLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same by libyaml, where PyYAML has it: ten times as fast."""


for _loader in (_Loader, _FastLoader):
    _loader.yaml_implicit_resolvers = {
        first: [
            (tag, pattern)
            for tag, pattern in resolvers
            if tag not in {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"}
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    _loader.add_implicit_resolver(
        "tag:yaml.org,2002:bool",
        re.compile(r"^(?:true|false)$"),
        list("tf"),
    )


class Document:
    """
    A YAML mapping and the line of each of its places.

    Attributes
    ----------
    content : dict
        Plain Python values.
    """

    def __init__(self, path: Path, content: dict[str, Any], lines: dict[Place, int]):
        self.path = path
        self.content = content
        self._lines = lines

    def where(self, place: Place) -> str:
        """Return ``line 12`` of the nearest enclosing place that has a line."""
        for end in range(len(place), -1, -1):
            if place[:end] in self._lines:
                return f"line {self._lines[place[:end]]}"
        return "line 1"


def read_document(path: Path) -> Document:
    """
    Read a YAML file that holds one mapping.

    Parameters
    ----------
    path : Path
        UTF-8 file.

    Returns
    -------
    Document

    Raises
    ------
    DefinitionError
        If the file is missing, no UTF-8, no YAML, no mapping, or repeats a key.
    """
    headline = f"{path} cannot be read:"
    if not path.is_file():
        raise DefinitionError(headline, ["the file does not exist; check the path"])
    try:
        text = path.read_text(encoding="utf-8-sig")
        try:
            content, lines, faults = _parse(_FastLoader(text))
        except yaml.YAMLError:
            # The parser in Python says better what is wrong.
            content, lines, faults = _parse(_Loader(text))
    except UnicodeDecodeError as error:
        raise DefinitionError(
            headline, [f"byte {error.start} is not UTF-8; save it with UTF-8 encoding"]
        ) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        what = ", ".join(part for part in (error.context, error.problem) if part)
        raise DefinitionError(headline, [f"{at}no YAML: {what}"]) from None
    except yaml.YAMLError as error:
        raise DefinitionError(headline, [f"no YAML: {error}".splitlines()[0]]) from None
    if faults:
        raise DefinitionError(headline, faults)
    if not isinstance(content, dict):
        raise DefinitionError(headline, ["it must hold a mapping of keys to values"])
    return Document(path, content, lines)


def _parse(loader: yaml.SafeLoader) -> tuple[Any, dict[Place, int], list[str]]:
    """Return the content of a document, the lines of its places, and its faults."""
    try:
        node = loader.get_single_node()
        faults: list[str] = []
        lines: dict[Place, int] = {}
        if node is None:
            return None, lines, faults
        _walk(node, (), lines, faults)
        return loader.construct_document(node), lines, faults
    finally:
        loader.dispose()


def _walk(
    node: yaml.Node,
    place: Place,
    lines: dict[Place, int],
    faults: list[str],
    above: tuple[yaml.Node, ...] = (),
) -> None:
    lines.setdefault(place, node.start_mark.line + 1)
    if any(node is other for other in above):
        line = node.start_mark.line + 1
        faults.append(f"line {line}: an alias stands inside what it names")
        return
    above = (*above, node)
    if isinstance(node, yaml.MappingNode):
        seen: dict[Hashable, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = str(key.value)
            if name in seen:
                faults.append(
                    f"line {line}: key {name!r} is already given in line {seen[name]}"
                )
            seen[name] = line
            lines[(*place, name)] = line
            _walk(value, (*place, name), lines, faults, above)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*place, index), lines, faults, above)
