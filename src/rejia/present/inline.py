"""Figures taken into the page: one SVG each, its identifiers made its own."""

import re
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup, escape

from rejia.present.evidence import Released
from rejia.present.labels import Labels
from rejia.study.schema import Study

SUFFIXES = ("svg", "pdf", "png")
_REFERENCE = re.compile(r'(\bid="|href="#|url\(#)')
_SIZE = re.compile(r'<svg[^>]*\bviewBox="0 0 ([\d.]+) ([\d.]+)"')


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure of the report."""

    name: str
    title: str
    svg: Markup
    files: tuple[tuple[str, str], ...]


def read_pictures(
    study: Study, folder: Path | None, labels: Labels, released: Released
) -> list[Picture]:
    """
    Read the figures of a study from their files.

    Parameters
    ----------
    study : Study
        Names of figures.
    folder : Path or None
        Where ``<figure>.svg`` lies; a figure without file is left out.
    labels : Labels
        Words; ``figures.<name>_alt`` describes a figure.
    released : mapping of str to pandas.DataFrame
        For the description.

    Returns
    -------
    list of Picture
    """
    if folder is None:
        return []
    pictures = []
    for name in study.figures:
        path = folder / f"{name}.svg"
        if path.is_file():
            title = labels.text(f"figures.{name}")
            files = tuple(
                (suffix.upper(), f"figures/{name}.{suffix}")
                for suffix in SUFFIXES
                if (folder / f"{name}.{suffix}").is_file()
            )
            svg = _inline(path.read_text(encoding="utf-8"), name, title)
            pictures.append(Picture(name=name, title=title, svg=svg, files=files))
    return pictures


def _inline(text: str, name: str, title: str) -> Markup:
    """Drop the prologue, prefix identifiers, and give the picture its words."""
    body = text[text.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = _REFERENCE.sub(rf"\g<1>{name}-", body)
    described = re.search(r"<title>(.*?)</title>", body, flags=re.DOTALL)
    words = described[1] if described else str(escape(title))
    words = words.replace('"', "&quot;")
    body = re.sub(r"\s*<title>.*?</title>", "", body, flags=re.DOTALL)
    head = f'<svg role="img" aria-label="{words}"'
    return Markup(body.replace("<svg", head, 1))
