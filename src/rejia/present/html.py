"""HTML through our own templates, every expression escaped."""

import functools
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rejia.present.format import typeset
from rejia.present.model import Table
from rejia.present.safe import visible


def _finalize(value: object) -> object:
    if isinstance(value, Markup):
        return value
    if value is None:
        return ""
    return visible(value) if isinstance(value, str) else value


@functools.cache
def environment() -> Environment:
    """Return the templates of this package, autoescaped, undefined names refused."""
    made = Environment(
        loader=PackageLoader("rejia.present"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["minus"] = typeset
    return made


def render(template: str, **values: Any) -> str:
    """Render a template of this package."""
    return environment().get_template(template).render(**values)


def to_page(table: Table, link: str = "../report.html") -> str:
    """
    Render a table as a page of its own.

    Parameters
    ----------
    table : Table
        Table.
    link : str
        Report that its cells link into.

    Returns
    -------
    str
    """
    style = Markup(read_asset("style.css"))
    return render("table_page.html.j2", table=table, link=link, style=style)


def read_asset(name: str) -> str:
    """Return a file of the templates as it is."""
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")
