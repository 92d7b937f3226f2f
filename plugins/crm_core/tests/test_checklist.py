"""Ticking off the checklist of a task on its page."""

import pytest

TASKS = "/api/v1/crm/tasks"


@pytest.fixture
def task(api):
    """A task with two things to tick off."""
    items = [{"title": "پیش‌فاکتور"}, {"title": "واریز"}]
    return api.post(TASKS, json={"title": "بیعانه", "checklist": items}).json


@pytest.fixture
def done(api, task):
    """`done()`: which items are ticked off."""
    return lambda: [item["is_done"] for item in api.get(f"{TASKS}/{task['id']}").json["checklist"]]


def test_an_item_is_ticked_off_by_one_click_and_back(client, task, done):
    page = f"/crm/tasks/{task['id']}"
    assert client.get(page).text.count('value="1" aria-pressed="false"') == 2

    client.post(f"{page}/tick", data={"at": "1", "item": "واریز", "is_done": "1"})

    assert done() == [False, True]
    assert 'value="0" aria-pressed="true"' in client.get(page).text
    client.post(f"{page}/tick", data={"at": "1", "item": "واریز", "is_done": "0"})
    assert done() == [False, False]


def test_a_tick_stands_in_the_history(api, client, task):
    client.post(f"/crm/tasks/{task['id']}/tick", data={"at": "0", "item": "پیش‌فاکتور", "is_done": "1"})

    newest = api.get(f"{TASKS}/{task['id']}/changes").json["items"][0]

    assert newest["action"] == "update"
    assert newest["after"]["checklist"][0]["is_done"] is True


@pytest.mark.parametrize(
    "form",
    [
        {"at": "1", "item": "پیش‌فاکتور", "is_done": "1"},
        {"at": "7", "item": "واریز", "is_done": "1"},
        {"at": "-1", "item": "واریز", "is_done": "1"},
        {"at": "x", "item": "واریز"},
        {"item": "واریز"},
        {"at": "1", "item": "واریز", "is_done": "maybe"},
    ],
)
def test_a_tick_of_what_does_not_stand_there_changes_nothing(client, tenant, digest, task, form):
    before = digest(tenant)

    answer = client.post(f"/crm/tasks/{task['id']}/tick", data=form)

    assert answer.status_code == 303
    assert digest(tenant) == before
