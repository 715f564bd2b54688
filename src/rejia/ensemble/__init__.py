"""Cohorts that could have been, drawn from the printed numbers of a source."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rejia.ensemble.attain import hull, reproduce
    from rejia.ensemble.battery import battery
    from rejia.ensemble.cohort import draw_cohort
    from rejia.ensemble.couple import couple
    from rejia.ensemble.exact import count
    from rejia.ensemble.sampling import sample
    from rejia.ensemble.spec import build_spec

__all__ = [
    "battery",
    "build_spec",
    "count",
    "couple",
    "draw_cohort",
    "hull",
    "reproduce",
    "sample",
]

# Compiled parts take a second to load; a stage that draws one cohort needs none.
# `battery` and `couple` are modules as well, and called as the functions in them.
_HOMES = {
    "battery": "battery",
    "build_spec": "spec",
    "count": "exact",
    "couple": "couple",
    "draw_cohort": "cohort",
    "hull": "attain",
    "reproduce": "attain",
    "sample": "sampling",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
