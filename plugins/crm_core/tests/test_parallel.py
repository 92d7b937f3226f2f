"""Rules that hold when several tills write at the same moment, in true parallel transactions."""

from concurrent.futures import ThreadPoolExecutor

PURCHASES = "/api/v1/crm/purchases"


def in_parallel(count, send):
    """Call `send` in `count` threads at once and return the answers."""
    with ThreadPoolExecutor(count) as threads:
        return [future.result() for future in [threads.submit(send) for _ in range(count)]]


def test_one_reference_posted_in_parallel_is_one_purchase(api, people, tenant, customer, facts):
    member = people.member(tenant)
    body = {"customer_id": customer["id"], "amount_minor": 5_000, "external_ref": "POS-7"}

    answers = in_parallel(8, lambda: people.program(member).post(PURCHASES, json=body))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len(api.get(PURCHASES).json["items"]) == 1
    assert len(facts("purchase.recorded")) == 1


def test_refunds_in_parallel_never_exceed_the_purchase(api, people, tenant, record, facts):
    made = record(amount_minor=100).json
    member = people.member(tenant)

    def refund():
        return people.program(member).post(f"{PURCHASES}/{made['id']}/refunds", json={"amount_minor": 30})

    answers = in_parallel(8, refund)

    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [422] * 5
    assert api.get(f"{PURCHASES}/{made['id']}").json["refunded_minor"] == 90
    assert sorted(fact["refunded_minor"] for fact in facts("purchase.refunded")) == [30, 60, 90]
