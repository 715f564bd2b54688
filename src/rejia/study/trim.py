"""Take entries out of the text of a YAML file; comments and layout around them stay."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import yaml

_ALIAS = re.compile(r"\*[^\s,\]}]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """
    An entry of a mapping or a sequence.

    Attributes
    ----------
    name : str
        Key; empty in a sequence.
    value : yaml.Node
        What stands there.
    start, end : int
        Where it stands, in characters from the start of the text.
    """

    name: str
    value: yaml.Node
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Edit:
    """What stands from `start` to `end` becomes `text`."""

    start: int
    end: int
    text: str = ""


def entries(text: str, node: yaml.Node | None) -> list[Entry]:
    """
    Return the entries of a node of YAML with their places.

    Parameters
    ----------
    text : str
        Whole text.
    node : yaml.Node or None
        From `yaml.compose` of it.

    Returns
    -------
    list of Entry
        Nothing for a scalar and for what is no node.
    """
    if isinstance(node, yaml.MappingNode):
        return [
            Entry(str(key.value), value, key.start_mark.index, _end(text, value, key))
            for key, value in node.value
        ]
    if isinstance(node, yaml.SequenceNode):
        found = [
            Entry("", value, value.start_mark.index, _end(text, value))
            for value in node.value
        ]
        # An alias has the place of what it names, which stands further up.
        return [entry for entry in found if entry.start > node.start_mark.index]
    return []


def entry(text: str, node: yaml.Node | None, name: str) -> Entry | None:
    """Return the entry of a mapping with that key, or nothing."""
    return next((one for one in entries(text, node) if one.name == name), None)


def without(
    text: str, node: yaml.Node | None, drop: Callable[[Entry], bool]
) -> Iterator[Edit]:
    """
    Yield the edits that take entries out of a collection.

    Parameters
    ----------
    text : str
        Whole text.
    node : yaml.Node or None
        A mapping or a sequence of it.
    drop : callable
        Says of an entry whether it goes.

    Yields
    ------
    Edit
        Whole lines of a block; up to the next comma in ``{…}`` and ``[…]``.
    """
    found = entries(text, node)
    gone = [drop(one) for one in found]
    if not isinstance(node, yaml.CollectionNode) or not any(gone):
        return
    if not node.flow_style:
        empty = "{}" if isinstance(node, yaml.MappingNode) else "[]"
        for place, one in enumerate(found):
            if gone[place]:
                start = text.rfind("\n", 0, one.start) + 1
                end = text.find("\n", one.end) + 1 or len(text)
                last = all(gone) and place == 0
                indent = " " * node.start_mark.column
                yield Edit(start, end, f"{indent}{empty}\n" if last else "")
        return
    for place, one in enumerate(found):
        if not gone[place]:
            continue
        if not all(gone[:place]):
            yield Edit(found[place - 1].end, one.end)
        elif place + 1 < len(found):
            yield Edit(one.start, found[place + 1].start)
        else:
            yield Edit(one.start, one.end)


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits made, none of which reaches into another."""
    for edit in sorted(set(edits), key=lambda one: -one.start):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _end(text: str, node: yaml.Node, key: yaml.Node | None = None) -> int:
    """Return where a node ends; the mark of a block is that of what follows it."""
    if key is not None and node.start_mark.index < key.end_mark.index:
        alias = _ALIAS.search(text, key.end_mark.index)
        return alias.end() if alias else int(key.end_mark.index)
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        if isinstance(last, tuple):
            return _end(text, last[1], last[0])
        return _end(text, last)
    return int(node.end_mark.index)
