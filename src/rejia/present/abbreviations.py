"""Abbreviations of a table, written out beneath it."""

import re
from dataclasses import replace

from rejia.present.labels import Labels
from rejia.present.model import Table


def explain_abbreviations(table: Table, labels: Labels) -> Table:
    """
    Add a footnote with every abbreviation that a table uses.

    Parameters
    ----------
    table : Table
        Table.
    labels : Labels
        ``abbreviations``, in the order in which they are written out.

    Returns
    -------
    Table
        The same where none is used.
    """
    cells = [cell for row in table.header for cell in row]
    cells += [cell for row in table.rows for cell in row.cells]
    texts = [cell.text for cell in cells if not cell.is_number]
    texts += [table.title, *(text for _, text in table.footnotes)]
    words = " ".join(texts)
    found = [
        f"{short}, {long}"
        for short, long in labels.section("abbreviations").items()
        if re.search(rf"(?<![\w-]){re.escape(short)}(?![\w-])", words)
    ]
    if not found:
        return table
    note = labels.text("notes.abbreviations", listed="; ".join(found))
    return replace(table, footnotes=(*table.footnotes, ("", note)))
