"""What a user can act on: a fault of their data, or of their definitions."""

from collections.abc import Iterable


class UserError(Exception):
    """
    Faults that the user can mend, all of them at once.

    Parameters
    ----------
    headline : str
        What could not be done, and with which file.
    faults : iterable of str
        One line a fault: where, what is wrong, what was found, what is allowed.
    """

    def __init__(self, headline: str, faults: Iterable[str] = ()) -> None:
        self.headline = headline
        self.faults = tuple(faults)
        super().__init__("\n".join([headline, *(f"  {line}" for line in self.faults)]))


class DataError(UserError):
    """The data do not fit their table."""


class DefinitionError(UserError):
    """A study, a configuration or a rule file does not fit its schema."""
