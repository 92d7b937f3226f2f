"""The customers' API: what it takes, gives and refuses."""

import pytest

CUSTOMERS = "/api/v1/crm/customers"


def test_a_name_is_enough_for_a_customer(api):
    answer = api.post(CUSTOMERS, json={"full_name": "مریم احمدی"})

    assert answer.status_code == 201, answer.text
    body = answer.json
    assert body["full_name"] == "مریم احمدی"
    assert (body["kind"], body["phone"], body["tags"], body["note"]) == ("person", None, [], "")
    assert api.get(f"{CUSTOMERS}/{body['id']}").json == body


def test_phone_and_email_are_stored_in_one_form(api):
    answer = api.post(
        CUSTOMERS, json={"full_name": "x", "phone": "۰۹۱۲ ۳۴۵ ۶۷۸۹", "email": " Maryam@Example.COM "}
    )

    assert (answer.json["phone"], answer.json["email"]) == ("+989123456789", "maryam@example.com")


def test_a_patch_changes_only_what_it_names(api):
    made = api.post(
        CUSTOMERS, json={"full_name": "علی", "tags": ["وفادار"], "birthday_on": "1990-01-02"}
    ).json

    changed = api.patch(f"{CUSTOMERS}/{made['id']}", json={"full_name": "علی رضایی"})

    assert changed.status_code == 200
    assert {**changed.json, "full_name": "علی", "updated_at": ""} == {**made, "updated_at": ""}


def test_an_archived_customer_is_gone_but_the_phone_is_free(api):
    made = api.post(CUSTOMERS, json={"full_name": "علی", "phone": "09123456789"}).json

    assert api.delete(f"{CUSTOMERS}/{made['id']}").status_code == 204

    assert api.get(f"{CUSTOMERS}/{made['id']}").status_code == 404
    assert api.patch(f"{CUSTOMERS}/{made['id']}", json={}).status_code == 404
    assert api.delete(f"{CUSTOMERS}/{made['id']}").status_code == 404
    assert api.get(CUSTOMERS).json["items"] == []
    assert api.post(CUSTOMERS, json={"full_name": "x", "phone": "09123456789"}).status_code == 201


@pytest.mark.parametrize(
    ("stored", "query"),
    [
        ("كاظمي", "کاظمی"),
        ("کاظمی", "كاظمي"),
        ("علی‌رضا محمدی", "علیرضا"),
        ("علی رضا محمدی", "علی‌رضا"),
        ("Maryam Ahmadi", "AHMADI maryam"),
        ("فروشگاه ۱۲", "12"),
    ],
)
def test_search_folds_persian_text(api, stored, query):
    api.post(CUSTOMERS, json={"full_name": stored})
    api.post(CUSTOMERS, json={"full_name": "کسی دیگر"})

    found = api.get(CUSTOMERS, query_string={"search": query}).json["items"]

    assert [row["full_name"] for row in found] == [stored]


@pytest.mark.parametrize(
    "query", ["0912 345", "۰۹۱۲۳۴۵", "+989123456789", "00989123456789", "3456789", "m@ex", "عمده"]
)
def test_search_looks_in_phone_email_and_tags(api, query):
    body = {"full_name": "x", "phone": "+989123456789", "email": "m@example.com", "tags": ["عمده‌فروش"]}
    api.post(CUSTOMERS, json=body)

    assert len(api.get(CUSTOMERS, query_string={"q": query}).json["items"]) == 1


@pytest.mark.parametrize("query", ["100%", "a_b", "\\", "%", "_"])
def test_wildcards_are_searched_for_literally(api, query):
    api.post(CUSTOMERS, json={"full_name": "nothing of it"})

    assert api.get(CUSTOMERS, query_string={"q": query}).json["items"] == []


def test_kind_and_tag_narrow_the_list(api):
    for name, kind, tags in (("a", "person", ["تهران"]), ("b", "company", ["تهران"]), ("c", "company", [])):
        api.post(CUSTOMERS, json={"full_name": name, "kind": kind, "tags": tags})

    def names(**query):
        return [row["full_name"] for row in api.get(CUSTOMERS, query_string=query).json["items"]]

    assert names(kind="company") == ["c", "b"]
    assert names(tag="تهران") == ["b", "a"]
    assert names(tag="تهران", kind="company", search="b") == ["b"]


def test_pages_follow_each_other_without_gap_or_repeat(api):
    for number in range(7):
        api.post(CUSTOMERS, json={"full_name": f"customer {number}"})

    seen, cursor = [], None
    for _page in range(4):
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = api.get(CUSTOMERS, query_string=query).json
        seen += [row["full_name"] for row in page["items"]]
        cursor = page["next_cursor"]

    assert cursor is None
    assert seen == [f"customer {number}" for number in reversed(range(7))]
