"""Figures of a study: which there are, and their files."""

import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from rejia.frame import write_bytes
from rejia.present.attainable import attainable, attainable_ratios
from rejia.present.audit_map import audit_map
from rejia.present.changes import grade_transitions, paired_changes
from rejia.present.cumulative import cumulative_change
from rejia.present.evidence import Released, drawn
from rejia.present.exchange_check import exchange_check
from rejia.present.figure_style import RC, SOFT
from rejia.present.flow import flow
from rejia.present.forest import forest
from rejia.present.labels import Labels
from rejia.present.missing_figure import missing_figure
from rejia.present.response_curve import acr_pedi
from rejia.present.tables import check_names
from rejia.present.threshold_curve import threshold_curve
from rejia.present.timeline import timeline
from rejia.study.schema import Study

Drawer = Callable[[Study, Released, Labels], Figure]
FIGURES: dict[str, Drawer] = {
    "timeline": timeline,
    "audit_map": audit_map,
    "forest": forest,
    "flow": flow,
    "missing_data": missing_figure,
    "grade_transitions": grade_transitions,
    "paired_changes": paired_changes,
    "cumulative_change": cumulative_change,
    "acr_pedi": acr_pedi,
    "threshold_curve": threshold_curve,
    "exchange_check": exchange_check,
    "attainable": attainable,
    "attainable_ratios": attainable_ratios,
}
PRINTED_ONLY = ("audit_map", "flow")  # no drawn value appears in these
FORMATS = ("svg", "pdf", "png")
_DPI = 300


def build_figures(
    study: Study, released: Released, labels: Labels
) -> dict[str, Figure]:
    """
    Draw the figures that a study asks for.

    Parameters
    ----------
    study : Study
        Names of figures.
    released : mapping of str to pandas.DataFrame
        Released tables by file name.
    labels : Labels
        Words.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        In the order of the study.

    Raises
    ------
    DefinitionError
        With every unknown figure, or the first missing label.
    """
    check_names(study.figures, FIGURES, "figure", study)
    with mpl.rc_context(RC):
        made = {name: FIGURES[name](study, released, labels) for name in study.figures}
        if drawn(released):
            for name, figure in made.items():
                if name not in PRINTED_ONLY:
                    _label_drawn(figure, labels)
    return made


def _label_drawn(figure: Figure, labels: Labels) -> None:
    """Say on the figure itself that its cohort is no data: files travel alone."""
    figure.text(
        0.995,
        0.004,
        labels.text("kinds.drawn"),
        ha="right",
        va="bottom",
        fontsize=6,
        fontstyle="italic",
        color=SOFT,
    )


def write_figures(
    figures: Mapping[str, Figure], formats: Iterable[str], folder: Path
) -> None:
    """
    Write figures, each in each format, the same bytes in every run.

    Parameters
    ----------
    figures : mapping of str to matplotlib.figure.Figure
        By name.
    formats : iterable of str
        Of ``svg``, ``pdf``, ``png``.
    folder : Path
        Where ``<figure>.<format>`` goes.

    Raises
    ------
    ValueError
        If a format is unknown.
    """
    wanted = list(formats)
    for name in wanted:
        if name not in FORMATS:
            raise ValueError(
                f"formats must be of {', '.join(FORMATS)}, but got {name!r}"
            )
    for name, figure in figures.items():
        for suffix in wanted:
            write_bytes(folder / f"{name}.{suffix}", render(figure, suffix))


def render(figure: Figure, suffix: str) -> bytes:
    """Render a figure in one format, without date or version."""
    words = str(figure.get_label())
    nothing: dict[str, dict[str, str | None]] = {
        "svg": {"Date": None, "Creator": None, "Title": words},
        "pdf": {
            "CreationDate": None,
            "Creator": None,
            "Producer": None,
            "Title": words,
        },
        "png": {"Software": None, "Title": words},
    }
    out = io.BytesIO()
    with mpl.rc_context(RC):
        figure.savefig(out, format=suffix, dpi=_DPI, metadata=nothing[suffix])
    return out.getvalue()
