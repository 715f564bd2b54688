"""What may leave: private tables to released ones, small cells suppressed."""

from rejia.disclosure.course import derive_course
from rejia.disclosure.release import Released, suppress

__all__ = ["Released", "derive_course", "suppress"]
