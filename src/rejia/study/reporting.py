"""What a source says on the items of STROBE that no table and no analysis answers."""

from typing import Literal

from rejia.study.base import Model, Text

StrobeItem = Literal[
    "1a", "1b", "2", "3",
    "4", "5", "6a", "6b", "7", "8", "9", "10", "11",
    "12a", "12b", "12c", "12d", "12e",
    "13a", "13b", "13c", "14a", "14b", "14c", "15", "16a", "16b", "16c", "17",
    "18", "19", "20", "21", "22",
]  # fmt: skip


class Reported(Model):
    """
    An answer in own words, and where the source gives it.

    ``whole`` says whether it answers all that the item asks for.
    """

    says: Text
    place: str = ""
    whole: bool = False
