"""What a test costs on the wire: the statements libpq really sends."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

import pytest
from sqlalchemy import Pool, event


@pytest.fixture
def on_the_wire(tmp_path: Path) -> Iterator[Callable[[], int]]:
    """`on_the_wire()`: how many statements connections have sent, by SQLAlchemy or past it, all alike."""
    traces: list[TextIO] = []
    traced: list[Any] = []

    def trace(connection: Any, *_: Any) -> None:
        file = (tmp_path / f"wire-{len(traces)}").open("w+")
        connection.pgconn.trace(file.fileno())
        traces.append(file)
        traced.append(connection)

    def count() -> int:
        lines = [line for file in traces for line in Path(file.name).read_text().splitlines()]
        return sum(line.split("\t")[3] in {"Bind", "Query"} for line in lines if "\tF\t" in line)

    event.listen(Pool, "checkout", trace)
    yield count
    event.remove(Pool, "checkout", trace)
    for connection in traced:
        if not connection.closed:
            connection.pgconn.untrace()
    for file in traces:
        file.close()
