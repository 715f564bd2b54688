"""``python -m rejia``."""

from rejia.cli import main

main()
