"""The page of a list: what it shows, how it is narrowed, and what it costs."""

import datetime as dt

import pytest

URL = "/garden/plants"


@pytest.fixture
def plants(service, garden):
    with service(garden.bed) as beds:
        herbs = beds.create({"title": "Herb <bed>"}).id
    with service(garden.plant) as writer:
        for number in range(60):
            writer.create(
                {
                    "title": f"Plant {number:02}",
                    "stage": "seed" if number % 2 else "tree",
                    "price_minor": number * 1000 or None,
                    "planted_on": dt.date(2026, 11, 1) + dt.timedelta(days=number),
                    "bed_id": herbs,
                    "tags": ["green"],
                }
            )
    return herbs


def test_a_list_shows_its_columns_and_where_rows_lead(client, plants):
    page = client.get(URL)

    assert page.status_code == 200
    assert page.text.count(" data-row=") == 50
    assert "Herb &lt;bed&gt;" in page.text
    assert "/garden/beds/" in page.text
    assert 'rel="next"' in page.text


def test_show_more_brings_the_rows_after_without_the_page(client, plants):
    page = client.get(URL, query_string={"sort": "title"})
    more = page.text.split('rel="next" hx-get="')[1].split('"')[0].replace("&amp;", "&")

    rows = client.get(more, headers={"HX-Request": "true", "HX-Request-Type": "partial"})

    assert rows.text.count(" data-row=") == 10
    assert "<html" not in rows.text
    assert "Plant 59" in rows.text


def test_a_new_filter_is_written_into_the_address(client, plants):
    form = client.get(URL, query_string={"add": "price_minor", "sort": "title"})
    assert 'name="add_op"' in form.text

    answer = client.get(
        URL,
        query_string={
            "add": "price_minor",
            "add_op": "between",
            "add_value": "۱۰۰",
            "add_to": "1,000",
            "sort": "title",
        },
    )

    assert answer.status_code == 303
    assert answer.location == "/garden/plants?where=price_minor:between:1000,10000&sort=title"
    assert client.get(answer.location).text.count(" data-row=") == 10


def test_records_are_named_by_their_words_in_a_filter(client, plants):
    answer = client.get(URL, query_string={"add": "bed_id", "add_op": "is", "add_value": "herb"})
    assert answer.location == f"{URL}?where=bed_id:is:{plants}"
    assert "Herb &lt;bed&gt;</bdi>" in client.get(answer.location).text

    refused = client.get(URL, query_string={"add": "bed_id", "add_op": "is", "add_value": "nothing such"})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text


@pytest.mark.parametrize(
    "query",
    [
        {"add": "nothing"},
        {"add": "stage", "add_op": "at_least", "add_value": "1"},
        {"add": "stage", "add_op": "is"},
        {"add": "price_minor", "add_op": "at_least", "add_value": "many"},
        {"add": "planted_on", "add_op": "within", "add_period": "someday"},
        {"where": "nothing:is:1"},
        {"sort": "tags"},
        {"columns": "nothing"},
    ],
)
def test_what_can_not_be_asked_is_refused(client, plants, query):
    assert client.get(URL, query_string=query).status_code == 422


def test_ready_filters_are_chosen_in_the_search(client, plants):
    page = client.get(URL, query_string={"where": ["stage:is:seed", "title:contains:plant 1"]})

    assert '<option value="stage:is:seed" selected>' in page.text
    assert page.text.count(" data-row=") == 5
    assert page.text.count('class="c-chip"') == 1


def test_the_count_is_told_whole_or_bounded(client, plants):
    assert "60" in client.get(f"{URL}/count").text
    assert "30" in client.get(f"{URL}/count", query_string={"where": "stage:is:seed"}).text


def test_an_empty_list_says_what_to_do(client):
    page = client.get(URL)
    assert f"{URL}/new" in page.text
    assert client.get(URL, query_string={"search": "x"}).text.count("c-empty") >= 1


def test_columns_are_chosen(client, plants):
    page = client.get(URL, query_string={"columns": ["title", "height", "email"]})
    heads = page.text.split("<thead>")[1].split("</thead>")[0]
    assert "Height" in heads
    assert "Stage" not in heads
