"""The yardstick of `customer_list`: a bare WSGI function, the same SQL by psycopg, the same JSON by orjson.

It knows its tenant beforehand, checks no token and no permission, and reads in autocommit.
"""

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

import orjson
import psycopg
from psycopg.rows import dict_row

_local = threading.local()


def application(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer the first page of customers to whatever is asked."""
    connection = getattr(_local, "connection", None)
    if connection is None:
        connection = _local.connection = psycopg.connect(
            os.environ["BENCH_DSN"], autocommit=True, row_factory=dict_row
        )
    rows = connection.execute(os.environ["BENCH_SQL"], {"page_limit": 51}, prepare=True).fetchall()
    cursor = str(rows[49]["id"]) if len(rows) > 50 else None
    body = orjson.dumps({"items": rows[:50], "next_cursor": cursor}, option=orjson.OPT_UTC_Z)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
