"""Every word a reader sees, read from one YAML file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rejia.errors import DefinitionError
from rejia.frame import nearest
from rejia.present.style import NEUTRAL, Style, read_styles
from rejia.study.document import read_document

SCALES = ("linear", "log", "strip")


@dataclass(frozen=True, slots=True)
class Panel:
    """
    One row of the patients' timeline.

    Attributes
    ----------
    name, title : str
        Identifier and heading.
    scale : str
        ``linear``, ``log`` or ``strip`` (signs, no axis).
    variables : tuple of str
        Variables that it draws where a study has them.
    against_limit : bool
        Whether values are shown as multiples of their own upper limit of normal.
    """

    name: str
    title: str
    scale: str
    variables: tuple[str, ...]
    against_limit: bool = False


@dataclass(frozen=True, slots=True)
class Labels:
    """
    Words by dotted name.

    Attributes
    ----------
    texts : mapping of str to str
        ``headings.claims`` to its text.
    panels : tuple of Panel
        Rows of the patients' timeline, from top to bottom.
    path : str
        File, for messages.
    style : Style
        How numbers are written.
    styles : mapping of str to Style
        Presets by name.
    """

    texts: Mapping[str, str]
    panels: tuple[Panel, ...] = field(default=())
    path: str = "labels.yaml"
    style: Style = NEUTRAL
    styles: Mapping[str, Style] = field(default_factory=dict)

    def styled(self, preset: str) -> "Labels":
        """
        Return these words with the conventions of a journal.

        Raises
        ------
        DefinitionError
            If there is no such preset.
        """
        if preset not in self.styles:
            raise DefinitionError(
                f"{self.path} lacks a preset:",
                [
                    f"{preset!r} is unknown{nearest(preset, self.styles)}"
                    f" (known: {', '.join(self.styles)})"
                ],
            )
        return replace(self, style=self.styles[preset])

    def text(self, name: str, **values: object) -> str:
        """
        Return a label with its placeholders filled.

        Parameters
        ----------
        name : str
            Dotted name.
        **values : object
            Values of the placeholders.

        Returns
        -------
        str

        Raises
        ------
        DefinitionError
            If the label is missing, or wants a value that is not there.
        """
        template = self.texts.get(name)
        if template is None:
            raise DefinitionError(
                f"{self.path} lacks a label:",
                [f"{name} is missing{nearest(name, self.texts)}"],
            )
        if not values:
            return template
        try:
            return template.format_map(values)
        except (KeyError, ValueError, IndexError) as error:
            raise DefinitionError(
                f"{self.path} has a label that cannot be filled:",
                [
                    f"{name}: {template!r} wants {error}; "
                    f"known here: {', '.join(values)}"
                ],
            ) from None

    def find(self, name: str) -> str | None:
        """Return a label, or nothing where there is none."""
        return self.texts.get(name)

    def section(self, name: str) -> dict[str, str]:
        """Return the labels below a name, in the order of the file."""
        start = f"{name}."
        return {
            key.removeprefix(start): text
            for key, text in self.texts.items()
            if key.startswith(start)
        }


def read_labels(path: Path) -> Labels:
    """
    Read the words of every output.

    Parameters
    ----------
    path : Path
        ``config/labels.yaml``: nested mappings of texts, and ``panels``.

    Returns
    -------
    Labels

    Raises
    ------
    DefinitionError
        If the file cannot be read, a label is no text, or a panel is not complete.
    """
    document = read_document(path)
    faults: list[str] = []
    content = dict(document.content)
    panels = _panels(content.pop("panels", {}), faults)
    styles = read_styles(content.pop("presets", {}), faults)
    texts: dict[str, str] = {}
    _flatten(content, "", texts, faults)
    if faults:
        raise DefinitionError(f"{path} does not fit its schema:", faults)
    return Labels(texts=texts, panels=panels, path=str(path), styles=styles)


def _flatten(
    content: Mapping[str, Any], start: str, texts: dict[str, str], faults: list[str]
) -> None:
    for key, value in content.items():
        name = f"{start}{key}"
        if isinstance(value, Mapping):
            _flatten(value, f"{name}.", texts, faults)
        elif isinstance(value, str):
            texts[name] = value.strip()
        else:
            faults.append(f"{name}: must be text, but got {value!r}")


def _panels(content: Any, faults: list[str]) -> tuple[Panel, ...]:
    if not isinstance(content, Mapping):
        faults.append("panels: must be a mapping of panels by name")
        return ()
    allowed = ("title", "scale", "variables", "against_limit")
    panels = []
    for name, entry in content.items():
        if not isinstance(entry, Mapping):
            faults.append(f"panels.{name}: must be a mapping")
            continue
        faults += [
            f"panels.{name}.{key}: key is unknown{nearest(str(key), allowed)}"
            for key in entry
            if key not in allowed
        ]
        scale = entry.get("scale", "linear")
        variables = entry.get("variables")
        if scale not in SCALES:
            faults.append(
                f"panels.{name}.scale: {scale!r} is not allowed"
                f" (allowed: {', '.join(SCALES)})"
            )
        if not isinstance(variables, list) or not variables:
            faults.append(f"panels.{name}.variables: must be a list of names")
            variables = []
        panels.append(
            Panel(
                name=str(name),
                title=str(entry.get("title", name)),
                scale=str(scale),
                variables=tuple(str(variable) for variable in variables),
                against_limit=bool(entry.get("against_limit", False)),
            )
        )
    return tuple(panels)
