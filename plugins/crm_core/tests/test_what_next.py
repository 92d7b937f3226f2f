"""No open deal without a next activity: who is told, and how the next one is planned."""

import pytest

DEALS = "/api/v1/crm/deals"
TASKS = "/api/v1/crm/tasks"
TODAY = "/api/v1/core/today"


@pytest.fixture
def me(people, tenant):
    return people.member(tenant)


@pytest.fixture
def program(people, tenant, me):
    return people.program(me)


@pytest.fixture
def browser(people, tenant, me):
    return people.browser(me)


@pytest.fixture
def deal(api, customer, me):
    body = {"title": "کفپوش هتل", "customer_id": customer["id"], "owner_id": str(me.member_id)}
    return api.post(DEALS, json=body).json


@pytest.fixture
def plan(program, deal):
    def make(title="x", **more):
        body = {"title": title, "deal_id": deal["id"], "due_at": "2031-05-05T10:00:00Z", **more}
        return program.post(TASKS, json=body).json

    return make


def lacking(program):
    return [item["title"] for item in program.get(TODAY).json["lacking"]]


def test_an_open_deal_without_a_next_activity_is_named_to_its_owner(program, browser, deal, plan):
    before, page = lacking(program), browser.get("/today").text
    plan()

    assert before == ["کفپوش هتل"]
    assert f'href="/crm/deals/{deal["id"]}"' in page
    assert f"deal_id={deal['id']}" in page
    assert lacking(program) == []
    assert deal["id"] not in browser.get("/today").text


def test_it_is_named_to_nobody_else(people, tenant, deal):
    other = people.member(tenant)

    assert lacking(people.program(other)) == []


def test_a_task_that_is_done_or_deleted_plans_nothing(program, plan):
    done, deleted = plan(), plan()
    program.patch(f"{TASKS}/{done['id']}", json={"done_at": "2031-05-05T10:00:00Z"})
    still = lacking(program)
    assert program.delete(f"{TASKS}/{deleted['id']}").status_code in (204, 403)

    assert still == []


def test_a_closed_deal_lacks_nothing(api, program, deal):
    stages = api.get("/api/v1/crm/stages", query_string={"where": "kind:is:won"}).json["items"]
    api.patch(f"{DEALS}/{deal['id']}", json={"stage_id": stages[0]["id"], "amount_minor": 5})

    assert lacking(program) == []


def test_finishing_the_last_activity_asks_for_the_next_one_and_one_click_plans_it(
    program, browser, deal, plan
):
    task = plan("زنگ به خریدار")

    done = browser.post("/today/completion", data={"kind": "crm.task", "record_id": task["id"]})
    page = browser.get(done.headers["Location"]).text
    planned = browser.post(
        f"/crm/deals/{deal['id']}/next", data={"title": "فرستادن نمونه", "days": "3", "next": "/today"}
    )

    assert f'action="/crm/deals/{deal["id"]}/next"' in page
    assert (planned.status_code, planned.headers["Location"]) == (303, "/today")
    assert lacking(program) == []
    titles = [item["title"] for item in program.get(TODAY).json["items"]]
    assert titles == ["فرستادن نمونه"]


def test_nothing_is_asked_while_another_activity_is_planned(browser, deal, plan):
    task = plan()
    plan("y")

    done = browser.post("/today/completion", data={"kind": "crm.task", "record_id": task["id"]})

    assert "/next" not in browser.get(done.headers["Location"]).text


def test_the_page_of_a_task_marks_it_as_done_and_asks(browser, deal, plan):
    task = plan()
    page = f"/crm/tasks/{task['id']}"
    before = browser.get(page).text

    browser.post(f"{page}/done", data={"is_done": "1", "next": page})

    assert f'action="{page}/done"' in before
    assert "/next" not in before
    assert f'action="/crm/deals/{deal["id"]}/next"' in browser.get(page).text


def test_a_broken_or_foreign_question_is_left_out(browser, customer):
    for query in ("?kind=crm.task&record_id=" + customer["id"], "?kind=crm.nothing", "?kind=crm.customer"):
        assert browser.get(f"/today{query}").status_code == 200
    assert browser.get("/today?kind=crm.task&record_id=x").status_code == 422


@pytest.mark.parametrize("days", ["-1", "9999", "x"])
def test_a_day_out_of_range_plans_nothing(program, browser, deal, days):
    browser.post(f"/crm/deals/{deal['id']}/next", data={"days": days})

    assert lacking(program) == ["کفپوش هتل"]


def test_a_deal_that_is_not_there_is_404(browser, customer):
    assert browser.post(f"/crm/deals/{customer['id']}/next", data={"days": "1"}).status_code == 404
