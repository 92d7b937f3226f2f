"""The command `charsu`, which is `python -m charsu` too."""

import importlib

from charsu.interrupts import ended_at_once


def main() -> None:
    """Load the command line, which Ctrl-C may end at any moment, and run it."""
    with ended_at_once():
        cli = importlib.import_module("charsu.cli")
    cli.main()


if __name__ == "__main__":
    main()
