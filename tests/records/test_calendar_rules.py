"""A move on a calendar is an update by the module's service: its rules hold."""

import datetime as dt

from sqlalchemy import text

from charsu.db import tenant_work


def test_a_rule_of_the_module_refuses_a_move_and_says_why(client, service, garden, tenant, digest):
    with service(garden.plant) as writer:
        rare = writer.create(
            {"title": "Rare", "stage": "plant", "is_rare": True, "planted_on": dt.date(2026, 11, 21)}
        ).id
    with tenant_work(tenant) as session:
        # From before the rule was there.
        session.execute(text("UPDATE garden_plant SET stage = 'tree' WHERE id = :id"), {"id": rare})
    before = digest(tenant)
    url = f"/garden/plants/calendar/{rare}/move"

    told = client.post(url, data={"to": "2026-11-24"}, headers={"Accept": "application/json"})
    page = client.post(url, data={"to": "2026-11-24"})

    assert (told.status_code, told.json) == (422, {"message": "A rare tree is no tree."})
    assert page.status_code == 422
    assert "A rare tree is no tree." in page.text
    assert 'value="2026-11-24"' in page.text
    assert digest(tenant) == before
