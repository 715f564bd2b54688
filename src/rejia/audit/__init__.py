"""The audit of published numbers: what can be proved, and nothing that cannot."""

from rejia.audit.contradictions import conflicts
from rejia.audit.runner import audit
from rejia.audit.settlements import lay_conflicts

__all__ = ["audit", "conflicts", "lay_conflicts"]
