"""Boards: cards by columns, counts and totals, moves by the service and their refusals."""

import pytest

URL = "/garden/plants/board"


@pytest.fixture
def plants(service, garden):
    with service(garden.bed) as beds:
        bed = beds.create({"title": "Herbs"}).id
    with service(garden.plant) as writer:
        made = {}
        for title, stage, price in (
            ("Oak", "tree", 100),
            ("Elm", "tree", 250),
            ("Mint", "plant", None),
            ("Rose", "seed", 70),
        ):
            made[title] = writer.create(
                {"title": title, "stage": stage, "price_minor": price, "bed_id": bed}
            ).id
        return made


def column(page, value):
    return page.text.split(f'data-column="{value}"')[1].split("</section>")[0]


def test_cards_stand_in_their_columns_with_counts_and_totals(client, plants):
    page = client.get(URL)

    assert page.status_code == 200, page.text
    trees = column(page, "tree")
    assert "Oak" in trees
    assert "Elm" in trees
    assert "data-count>2<" in trees
    assert "35 Toman" in trees
    assert "Herbs" in trees
    assert "Mint" not in trees
    assert "data-count>1<" in column(page, "plant")


def test_a_board_is_narrowed_as_a_list_is(client, plants):
    page = client.get(URL, query_string={"search": "oak"})
    assert "data-count>1<" in column(page, "tree")
    assert "data-count>0<" in column(page, "seed")
    assert client.get(URL, query_string={"where": "nothing:is:1"}).status_code == 422


def test_a_column_shows_fifty_cards_and_the_others_at_a_wish(client, service, garden):
    with service(garden.plant) as writer:
        for number in range(63):
            writer.create({"title": f"Seed {number}", "stage": "seed"})
    page = client.get(URL)
    seeds = column(page, "seed")
    assert seeds.count("data-card=") == 50
    assert "data-count>63<" in seeds

    more = seeds.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    rest = client.get(more, headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert rest.text.count("data-card=") == 13
    assert "hx-get" not in rest.text


def test_exactly_fifty_cards_have_no_more(client, service, garden):
    with service(garden.plant) as writer:
        for number in range(50):
            writer.create({"title": f"Seed {number}", "stage": "seed"})
    assert "data-more" not in column(client.get(URL), "seed")


def test_a_move_changes_the_field_and_tells_the_totals(client, api, plants):
    answer = client.post(
        f"{URL}/{plants['Rose']}/move", data={"value": "tree"}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    totals = {item["value"]: item for item in answer.json["columns"]}
    assert (totals["tree"]["count"], totals["seed"]["count"]) == (3, 0)
    assert totals["tree"]["total"] == "42 Toman"
    assert api.get(f"/api/v1/garden/plants/{plants['Rose']}").json["stage"] == "tree"


def test_a_move_works_by_a_form(client, api, plants):
    form = client.get(f"{URL}/{plants['Rose']}/move")
    assert 'value="tree"' in form.text
    answer = client.post(f"{URL}/{plants['Rose']}/move", data={"value": "plant", "next": URL})
    assert (answer.status_code, answer.location) == (303, URL)
    assert api.get(f"/api/v1/garden/plants/{plants['Rose']}").json["stage"] == "plant"


def test_a_refused_move_says_why_and_changes_nothing(client, service, garden, digest, tenant):
    with service(garden.plant) as writer:
        rare = writer.create({"title": "Rare", "stage": "plant", "is_rare": True}).id
    before = digest(tenant)

    answer = client.post(f"{URL}/{rare}/move", data={"value": "tree"}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json) == (422, {"message": "A rare tree is no tree."})
    by_form = client.post(f"{URL}/{rare}/move", data={"value": "tree"})
    assert by_form.status_code == 303
    assert digest(tenant) == before


@pytest.mark.parametrize("value", ["forest", "", "tree\x00"])
def test_a_column_that_is_not_there_is_refused(client, plants, digest, tenant, value):
    before = digest(tenant)
    answer = client.post(
        f"{URL}/{plants['Rose']}/move", data={"value": value}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 422
    assert digest(tenant) == before


def test_who_may_only_read_sees_the_board_and_moves_nothing(people, tenant, plants):
    browser = people.browser(people.member(tenant, ["garden.plant.read"]))
    page = browser.get(URL)
    assert "Oak" in page.text
    assert "data-can-move" not in page.text
    assert browser.post(f"{URL}/{plants['Rose']}/move", data={"value": "tree"}).status_code == 403


def test_a_hidden_amount_is_in_no_total_and_a_hidden_stage_has_no_board(people, tenant, plants):
    rules = {"garden.plant": {"price_minor": "none"}}
    browser = people.browser(people.member(tenant, ["garden.plant.read"], rules))
    assert "Toman" not in browser.get(URL).text
    closed = {"garden.plant": {"stage": "none"}}
    assert people.browser(people.member(tenant, ["garden.plant.read"], closed)).get(URL).status_code == 422


def test_a_noun_without_a_board_has_no_page_of_it(client, garden):
    assert client.get("/garden/beds/board").status_code == 404
