"""Write docs/dictionary.md from the contracts of the tables."""

from pathlib import Path

from rejia.contracts import TABLES
from rejia.frame import Column


def dictionary() -> str:
    """Return the data dictionary as Markdown."""
    made = "Made by `docs/make_dictionary.py`."
    parts = ["# Every table, column by column", "", made]
    for name, contract in TABLES.items():
        parts += ["", f"## {name}", "", "| column | kind | meaning |", "|---|---|---|"]
        for column, rule in contract.items():
            parts.append(f"| `{column}` | {_kind(rule)} | {_meaning(rule)} |")
    return "\n".join(parts) + "\n"


def _kind(column: Column) -> str:
    needed = "" if column.nullable or not column.required else ", needed"
    return column.kind + needed


def _meaning(column: Column) -> str:
    unit = f" ({column.unit})" if column.unit else ""
    levels = f": {', '.join(f'`{level}`' for level in column.levels)}"
    text = column.meaning + unit + (levels if column.levels else "")
    return text.replace("|", "\\|")


if __name__ == "__main__":
    Path(__file__).with_name("dictionary.md").write_text(dictionary(), encoding="utf-8")
