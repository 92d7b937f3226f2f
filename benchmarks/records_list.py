"""Lists of the record kit over 50,000 customers and 500,000 purchases, against their bare SQL.

Bare SQL is the same statement sent by psycopg on a connection of the same role, its rows made into JSON by
orjson; ours is the request of the API through the whole application: host, token, permission, query, answer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import psycopg
from benchmarks._crm import Filled, filled_crm
from benchmarks._turns import measured
from benchmarks.table import Row
from psycopg.rows import dict_row
from werkzeug.datastructures import MultiDict

from charsu.db import tenant_work
from charsu.records import full_access
from charsu.records.listing import list_sql
from charsu.records.query import parse_query
from charsu.records.record_type import RecordType
from charsu.records.registry import find_type
from charsu_tenants.context import Tenant

#: What is asked of a list of customers.
QUESTIONS: dict[str, dict[str, Any]] = {
    "two filters and a sort": {
        "where": ["stage:is:customer", "created_at:within:last_30_days"],
        "sort": "full_name",
    },
    "search by three letters, many fit": {"search": "ضای"},
    "search by three letters, few fit": {"search": "پژو"},
    "the newest": {},
}


def run() -> list[Row]:
    """Each question asked in turns, ours and bare, in one process."""
    with filled_crm() as filled:
        program = filled.people.program(filled.people.member(filled.tenant))
        customer = find_type("crm.customer")
        if customer is None:
            raise LookupError("there are no customers")
        with _bare(filled) as bare:
            return [
                _row(what, args, program, customer, filled.tenant, bare) for what, args in QUESTIONS.items()
            ]


def _row(
    what: str, args: dict[str, Any], program: Any, customer: RecordType, tenant: Tenant, bare: Any
) -> Row:
    sql, values = _statement(customer, tenant, args)

    def ask_ours() -> int:
        answer = program.get(f"/api/v1{customer.path}", query_string=args)
        return len(orjson.loads(answer.data)["items"])

    def ask_bare() -> int:
        rows = bare.execute(sql, values, prepare=not args).fetchall()
        orjson.dumps(rows[:50], default=str)
        return len(rows[:50])

    if ask_ours() != ask_bare():
        raise RuntimeError("the two do not find the same")
    return measured(f"customers: {what}", ask_ours, ask_bare)


def _statement(customer: RecordType, tenant: Tenant, args: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    with tenant_work(tenant, read_only=True) as session:
        query = parse_query(customer, session, full_access(), MultiDict(args))
        return list_sql(query, customer.all_fields)


@contextmanager
def _bare(filled: Filled) -> Iterator[Any]:
    with psycopg.connect(filled.dsn, autocommit=True, row_factory=dict_row) as connection:
        yield connection
