"""A script in R that recomputes the primary results from the cohort."""

import functools
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from rejia.present.safe import visible
from rejia.study.schema import Describe, Logistic, RankSum, SignedRank, Study, Variable

RECOMPUTED = (Describe, SignedRank, RankSum, Logistic)


def r_script(study: Study) -> str:
    """
    Write the script of a study: base R, no package.

    Parameters
    ----------
    study : Study
        Variables, populations, groups and analyses.

    Returns
    -------
    str
        ``primary.R``. It reads the local work folder, so that the rows of observed
        patients never leave it.
    """
    merges = study.groups.merges if study.groups is not None else {}
    return (
        _environment()
        .get_template("primary.R.j2")
        .render(
            study=study.study,
            name="primary.R",
            work=f"work/{study.study}",
            results=f"results/{study.study}/results.tsv",
            variables=[_variable(name, one) for name, one in study.variables.items()],
            merges=list(merges.items()),
            units=[(name, one.unit) for name, one in study.populations.items()],
            analyses=[
                {"id": a.id, "test": a.test, "visit": getattr(a, "visit", None) or ""}
                for a in study.analyses
                if isinstance(a, RECOMPUTED)
            ],
        )
    )


def _variable(name: str, variable: Variable) -> Mapping[str, Any]:
    versions = [*variable.cutoffs, *variable.versions]
    return {
        "name": name,
        "per": variable.per,
        "score": variable.instrument is not None,
        "step": "NA" if variable.step is None else repr(variable.step),
        "indicator_of": variable.indicator_of or "",
        "level": variable.level or "",
        "version": versions[0] if versions else "",
    }


def r_text(text: str) -> str:
    r"""
    Return a text as a string of R that cannot end early.

    Examples
    --------
    >>> print(r_text('a"); q("'))
    "a\"); q(\""
    """
    out = []
    for character in visible(text):
        if character in '"\\':
            out.append(f"\\{character}")
        elif character.isascii() and character.isprintable():
            out.append(character)
        else:
            out.append(f"\\U{{{ord(character):x}}}")
    return '"' + "".join(out) + '"'


def r_flag(value: bool) -> str:
    """Return ``TRUE`` or ``FALSE``."""
    return "TRUE" if value else "FALSE"


@functools.cache
def _environment() -> Environment:
    # R is no HTML; every text goes through `r_text`, the rest are names of the schema.
    made = Environment(
        loader=PackageLoader("rejia.present"),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["r"] = r_text
    made.filters["r_flag"] = r_flag
    return made
