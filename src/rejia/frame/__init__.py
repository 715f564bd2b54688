"""Read, write and check a table; the only package beside `cli` that touches files."""

from rejia.frame.columns import Column, Contract, nearest
from rejia.frame.parsing import Fault, fault_lines, parse_columns, repeated_keys
from rejia.frame.reading import by_column, read_rows, read_table
from rejia.frame.writing import to_text, write_bytes, write_table, write_text

__all__ = [
    "Column",
    "Contract",
    "Fault",
    "by_column",
    "fault_lines",
    "nearest",
    "parse_columns",
    "read_rows",
    "read_table",
    "repeated_keys",
    "to_text",
    "write_bytes",
    "write_table",
    "write_text",
]
