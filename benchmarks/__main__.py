"""`python -m benchmarks [name …]` (`make bench`): runs each benchmark and prints its table.

A benchmark is a module of this folder with a function `run() -> list[Row]`. Figures are ratios within one run
against a stated yardstick, so that they mean the same on another machine.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.table import print_table

NOT_BENCHMARKS = {"__main__", "table"}


def names() -> list[str]:
    """Every benchmark of the folder, by module name."""
    found = (path.stem for path in Path(__file__).parent.glob("*.py"))
    return sorted(name for name in found if name not in NOT_BENCHMARKS and not name.startswith("_"))


def main(wanted: Sequence[str]) -> int:
    """Run the benchmarks named, or all; 1 when a goal is missed."""
    missed = 0
    for name in wanted or names():
        module = importlib.import_module(f"benchmarks.{name}")
        began = time.perf_counter()
        rows = module.run()
        title = (module.__doc__ or name).strip().splitlines()[0]
        print_table(f"{name}: {title}", rows, seconds=time.perf_counter() - began)
        missed += sum(row.is_met is False for row in rows)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
