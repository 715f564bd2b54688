"""One definition and one cohort to keyed estimates."""

from rejia.analyses.run import run_analyses

__all__ = ["run_analyses"]
