"""Modules that are called as the one function whose name they bear."""

import sys
from types import ModuleType
from typing import Any


class _Named(ModuleType):
    """A module that passes a call on."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call the function of the module's own name."""
        function = vars(self)[self.__name__.rpartition(".")[2]]
        return function(*arguments, **named)


def callable_as_named(module: str) -> None:
    """
    Let a module be called.

    Parameters
    ----------
    module : str
        Full name, of a module that holds a function of its last part:
        ``from rejia.ensemble import battery`` gives the module, as Python has it, and
        ``battery(ensemble, analyses)`` the results of the function.
    """
    sys.modules[module].__class__ = _Named
