"""The yardstick of `customer_list`: a bare WSGI function, the same SQL by psycopg, the same JSON by orjson.

It knows its tenant beforehand, checks no token and no permission, and reads in autocommit.
"""

import json
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

import orjson
import psycopg
from psycopg.types.json import set_json_loads

_query = json.loads(os.environ["BENCH_QUERY"])
_local = threading.local()
# Quicker than psycopg's own choice, and what anybody in a hurry would do.
set_json_loads(orjson.loads)


def application(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer the first page of customers to whatever is asked."""
    connection = getattr(_local, "connection", None)
    if connection is None:
        connection = _local.connection = psycopg.connect(os.environ["BENCH_DSN"], autocommit=True)
    rows = connection.execute(_query["sql"], _query["values"], prepare=True).fetchall()
    items = [dict(zip(_query["names"], row, strict=False)) for row in rows[:50]]
    cursor = str(rows[49][0]) if len(rows) > 50 else None
    body = orjson.dumps({"items": items, "next_cursor": cursor}, option=orjson.OPT_UTC_Z)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
