"""The pages: what people see, type and get back."""

import re

import pytest

PAGES = "/crm"


def ids(html, pattern):
    """The ids in the addresses of a page, in order, once each."""
    return list(dict.fromkeys(re.findall(pattern + r"/([0-9a-f-]{36})", html)))


def location(answer):
    """Where a form sent the browser."""
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_an_empty_list_says_what_to_do_next(client):
    page = client.get(f"{PAGES}/customers")

    assert page.status_code == 200
    assert f'href="{PAGES}/customers/new"' in page.text


def test_a_customer_is_added_by_the_form(client):
    form = {
        "kind": "person",
        "full_name": "مریم احمدی",
        "phone": "۰۹۱۲۳۴۵۶۷۸۹",
        "email": "",
        "birthday_on": "۱۳۶۹/۰۱/۰۱",
        "tags": "وفادار، تهران",
        "note": "",
    }

    page = client.get(location(client.post(f"{PAGES}/customers/new", data=form)))

    assert page.status_code == 200
    for text in ("مریم احمدی", "+989123456789", "وفادار", "تهران"):
        assert text in page.text


def test_a_bad_form_comes_back_with_what_was_typed(client, tenant, digest):
    client.get(PAGES + "/customers")
    before = digest(tenant)

    answer = client.post(f"{PAGES}/customers/new", data={"full_name": "مریم", "phone": "12", "birthday_on": "1500"})

    assert answer.status_code == 422
    assert 'value="مریم"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 2
    assert digest(tenant) == before
