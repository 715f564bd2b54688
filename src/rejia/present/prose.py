"""Plain text through templates: nothing is escaped, hidden characters are shown."""

import functools
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from rejia.present.safe import visible
from rejia.study.schema import Study


def _finalize(value: object) -> object:
    return visible(value) if isinstance(value, str) else value


@functools.cache
def _environment() -> Environment:
    return Environment(  # plain text: there is nothing that could be escaped
        loader=PackageLoader("rejia.present"),
        autoescape=False,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_text(template: str, **values: Any) -> str:
    """
    Render a template of this package as plain text.

    Parameters
    ----------
    template : str
        File name below ``templates``.
    **values : Any
        Its values.

    Returns
    -------
    str
        Without space at line ends, one empty line at most in a row, ending in one
        line break.
    """
    text = _environment().get_template(template).render(**values)
    lines: list[str] = []
    for line in (part.rstrip() for part in text.splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip() + "\n"


def plain(name: str) -> str:
    """Return an identifier as words."""
    return name.replace("_", " ")


def label_of(study: Study, name: str) -> str:
    """Return the label of a variable or of its total, or its identifier as words."""
    variable = study.variables.get(name)
    whole = study.variables.get(name.removesuffix("_total"))
    if variable is None and whole is not None:
        return f"{whole.label}, total"
    return variable.label if variable is not None else plain(name)
