"""What stands above the columns of the board equals plain sums of the deals."""

import random
from decimal import ROUND_HALF_UP, Decimal

import pytest
from werkzeug.datastructures import MultiDict

from charsu.records.access import full_access
from charsu.records.board import BoardReader
from charsu.records.query import parse_query
from charsu_crm_core.records import DEAL

DEALS = "/api/v1/crm/deals"


@pytest.fixture
def board(tenant, tenant_work):
    """`board(pipeline, …)`: the columns of a pipeline by the ids of their stages."""

    def read(pipeline, **asked):
        with tenant_work(tenant, read_only=True) as session:
            query = parse_query(DEAL, session, full_access(), MultiDict(asked))
            return {item.column.value: item for item in BoardReader(session, query, pipeline).read()}

    return read


def test_counts_totals_and_weighted_totals_are_plain_sums(api, customer, board):
    stages = api.get("/api/v1/crm/stages", query_string={"limit": "100"}).json["items"]
    dice = random.Random(5)
    made = []
    for stage in [stage for stage in stages if stage["kind"] == "open"]:
        for _ in range(dice.randrange(1, 4)):
            without = 0 if "amount_minor" in stage["required_fields"] else None
            body = {
                "title": "x",
                "customer_id": customer["id"],
                "stage_id": stage["id"],
                "amount_minor": dice.choice((without, 0, dice.randrange(1, 10**12))),
                "probability": dice.randrange(101),
                "expected_close_on": "2031-05-05",
            }
            answer = api.post(DEALS, json=body)
            assert answer.status_code == 201, answer.text
            made.append(answer.json)

    for pipeline in {stage["pipeline_id"] for stage in stages}:
        columns = board(pipeline)
        assert columns.keys() == {s["id"] for s in stages if s["pipeline_id"] == pipeline}
        for stage_id, column in columns.items():
            deals = [deal for deal in made if deal["stage_id"] == stage_id]
            valued = [deal for deal in deals if deal["amount_minor"] is not None]
            weighted = sum(Decimal(deal["amount_minor"]) * deal["probability"] / 100 for deal in valued)
            assert (column.count, len(column.cards)) == (len(deals), len(deals))
            assert sum(column.sums.values()) == sum(deal["amount_minor"] for deal in valued)
            assert sum(column.weighted.values()) == int(Decimal(weighted).quantize(0, ROUND_HALF_UP))
