"""Declared equations, as the checks of printed numbers read them."""

from rejia.study.equations import Equation, Term, read_equation

__all__ = ["Equation", "Term", "read_equation"]
