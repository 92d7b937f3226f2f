import re
from pathlib import Path

import pytest

import charsu
from charsu.people.passwords import hash_password
from charsu_tenants.users import set_password_hash

PASSWORD = "three-odd-words-42"
PATTERNS = Path(charsu.__file__).parent / "templates" / "pages/patterns.html"


@pytest.fixture
def resident(people, tenant, runtime):
    """A member who has a password."""
    member = people.member(tenant)
    with runtime.database.control() as conn:
        set_password_hash(conn, member.user_id, hash_password(PASSWORD))
    return member


def sign_up_form(**changes):
    return {
        "business_name": "فروشگاه نمونه",
        "slug": "",
        "email": "new@example.com",
        "password": PASSWORD,
        "modules": "crm_core",
        **changes,
    }


def test_the_site_says_what_it_is_in_both_languages(site):
    assert "چارسو" in site.get("/").text
    english = site.get("/?lang=en").text
    assert 'dir="ltr"' in english
    assert "Where every part of your business meets" in english


def test_a_business_signs_up_without_choosing_an_address(site, application, runtime):
    answer = site.post("/signup", data=sign_up_form())

    assert answer.status_code == 303
    assert re.match(
        rf"http://foroushgah-nemouneh\.{re.escape(runtime.settings.base_host)}:8000/arrive\?ticket=",
        answer.location,
    )


def test_a_bad_sign_up_comes_back_with_what_was_typed(site):
    answer = site.post("/signup", data=sign_up_form(email="nonsense", slug="My Shop", password="short"))

    assert answer.status_code == 422
    assert "فروشگاه نمونه" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "short" not in answer.text


#: What is said of each field of a form in which all are wrong.
WRONG = {
    "fa": {
        "business_name": "این را پر کنید",
        "slug": "فقط حروف کوچک لاتین",
        "email": "این نشانی ایمیل درست نیست",
        "password": "دست‌کم",
    },
    "en": {
        "business_name": "Please fill this in",
        "slug": "Use small Latin letters",
        "email": "This is not a valid e-mail address",
        "password": "Use at least 10 characters",
    },
}


@pytest.mark.parametrize("locale", ["fa", "en"])
@pytest.mark.parametrize("right", ["", "business_name", "email", "password", "slug"])
def test_everything_wrong_with_a_sign_up_is_said_at_once_at_its_field(site, locale, right):
    wrong = {"business_name": " ", "slug": "My Shop", "email": "nonsense", "password": "short"}
    wrong.pop(right, None)

    page = site.post(f"/signup?lang={locale}", data=sign_up_form(slug="good-one") | wrong).text

    for field, said in WRONG[locale].items():
        notes = re.search(rf'id="f-{field}-error"[^>]*>(.*?)</div>', page, re.DOTALL)
        assert (notes is not None and said in notes[1]) == (field in wrong), field


def test_an_empty_address_is_not_blamed_where_its_name_is_missing(site):
    page = site.post("/signup?lang=en", data=sign_up_form(business_name="", slug="", password="short")).text

    assert 'id="f-slug-error"' not in page
    assert 'id="f-password-error"' in page


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"business_name": "فروشگاه پارس"}, 'value="foroushgah-pars"'),
        ({"business_name": "x", "slug": "saffron", "suggested": ""}, "پیش‌تر گرفته شده"),
        ({"slug": "www"}, "کنار گذاشته شده"),
        ({"slug": "<b>"}, "f-slug-error"),
        ({}, 'id="address"'),
        ({"business_name": "ب" * 5000, "slug": "a" * 5000}, 'id="address"'),
    ],
)
def test_the_address_field_answers_while_one_types(site, tenant, query, says):
    answer = site.get("/signup/address", query_string=query, headers={"HX-Request-Type": "partial"})

    assert answer.status_code == 200
    assert says in answer.text
    assert "<html" not in answer.text


def test_a_member_logs_in_and_out(anonymous, resident):
    assert anonymous.get("/").location == "/login"

    answer = anonymous.post(
        "/login", data={"email": resident.email, "password": PASSWORD, "next": "/members"}
    )
    assert (answer.status_code, answer.location) == (303, "/members")
    assert anonymous.get("/members").status_code == 200

    anonymous.post("/logout")
    assert anonymous.get("/members").status_code == 303


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1"]
)
def test_a_login_leads_nowhere_else(anonymous, resident, wanted):
    answer = anonymous.post("/login", data={"email": resident.email, "password": PASSWORD, "next": wanted})

    assert answer.location == "/"


@pytest.mark.parametrize("email", ["nobody@example.com", "resident"])
def test_a_refused_login_says_the_same_for_everybody(anonymous, resident, email):
    address = resident.email if email == "resident" else email

    answer = anonymous.post("/login", data={"email": address, "password": "wrong-password"})

    assert answer.status_code == 422
    assert "نشانی ایمیل یا گذرواژه درست نیست" in answer.text


def test_one_login_on_the_bare_host_leads_to_ones_business(site, resident, tenant):
    answer = site.post("/login", data={"email": resident.email, "password": PASSWORD})

    assert answer.status_code == 303
    assert answer.location.startswith(f"http://{tenant.slug}.")


def test_who_has_two_businesses_chooses(site, people, resident, other_tenant, runtime, tenant):
    other = people.member(other_tenant)
    with runtime.database.control() as conn:
        conn.execute(
            "UPDATE control.membership SET user_id = %s WHERE user_id = %s", [resident.user_id, other.user_id]
        )

    page = site.post("/login", data={"email": resident.email, "password": PASSWORD}).text
    chooser = re.search(r'name="chooser" value="([^"]+)"', page)[1]
    answer = site.post("/login/business", data={"chooser": chooser, "slug": other_tenant.slug})

    assert tenant.name in page
    assert answer.location.startswith(f"http://{other_tenant.slug}.")
    assert site.post("/login/business", data={"chooser": chooser, "slug": tenant.slug}).status_code == 404


def test_a_lost_password_gets_a_new_one_by_letter(anonymous, resident, site, drain):
    assert "صندوق ایمیل" in anonymous.post("/password/reset", data={"email": resident.email}).text
    drain()
    letter = re.search(r'href="(/dev/mailbox/[^"]+)"', site.get("/dev/mailbox").text)[1]
    link = re.search(r"http://[^/]+(/password/reset/\S+?)[\"<\s]", site.get(letter).text)[1]

    answer = anonymous.post(link, data={"password": "another-odd-word-43"})

    assert answer.location == "/login"
    assert anonymous.get(link).status_code == 404
    login = anonymous.post("/login", data={"email": resident.email, "password": "another-odd-word-43"})
    assert login.status_code == 303


def test_the_answer_to_a_lost_password_is_the_same_for_an_unknown_address(anonymous, resident):
    known, unknown = (
        anonymous.post("/password/reset", data={"email": email}).text.replace(email, "who")
        for email in (resident.email, "nobody@example.com")
    )

    assert known == unknown


@pytest.mark.parametrize(
    "path", ["/join/nonsense", "/password/reset/nonsense", "/arrive?ticket=nonsense", "/arrive"]
)
def test_dead_links_are_not_found(anonymous, path):
    assert anonymous.get(path).status_code == 404


def test_who_is_sent_by_a_foreign_page_is_asked_before_she_is_logged_in(site, tenant, resident, anonymous):
    answer = site.post("/login", data={"email": resident.email, "password": PASSWORD})
    ticket = answer.location.partition("ticket=")[2]

    asked = anonymous.get(f"/arrive?ticket={ticket}", headers={"Sec-Fetch-Site": "cross-site"})
    forged = anonymous.post("/arrive", data={"ticket": ticket}, headers={"Sec-Fetch-Site": "cross-site"})
    agreed = anonymous.post("/arrive", data={"ticket": ticket})

    assert (asked.status_code, "Set-Cookie" in asked.headers, ticket in asked.text) == (200, False, True)
    assert forged.status_code == 403
    assert (agreed.status_code, "charsu_session" in agreed.headers["Set-Cookie"]) == (303, True)


@pytest.mark.parametrize(("came_from", "status"), [("none", 200), ("same-site", 303), (None, 303)])
def test_who_comes_by_a_link_of_a_letter_is_asked_too(site, resident, anonymous, came_from, status):
    answer = site.post("/login", data={"email": resident.email, "password": PASSWORD})
    ticket = answer.location.partition("ticket=")[2]

    headers = {"Sec-Fetch-Site": came_from} if came_from else {}
    assert anonymous.get(f"/arrive?ticket={ticket}", headers=headers).status_code == status


def test_ticket_of_somebody_else_does_not_end_the_session_that_is_open(site, client, resident, anonymous):
    answer = site.post("/login", data={"email": resident.email, "password": PASSWORD})
    ticket = answer.location.partition("ticket=")[2]

    asked = client.get(f"/arrive?ticket={ticket}")
    still_herself = client.get("/")

    assert (asked.status_code, "Set-Cookie" in asked.headers, ticket in asked.text) == (200, False, True)
    assert still_herself.status_code == 200
    assert anonymous.get(f"/arrive?ticket={ticket}").status_code == 303


def test_language_and_theme_are_kept_in_the_browser(site):
    site.post("/display", data={"lang": "en", "theme": "dark", "next": "/signup?lang=fa&x=1"})
    page = site.get("/signup").text

    assert 'lang="en"' in page
    assert 'data-bs-theme="dark"' in page


def test_a_nonsensical_switch_changes_nothing(site):
    answer = site.post("/display", data={"lang": "xx", "theme": "<b>", "next": "//evil.example"})

    assert (answer.status_code, answer.location) == (303, "/")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("lang", ["fa", "en"])
def test_the_pattern_page_shows_every_piece(site, lang):
    page = site.get(f"/dev/patterns?lang={lang}")

    assert page.status_code == 200
    assert "style=" not in page.text
    for name in exported("pieces.html") | exported("forms.html"):
        assert f"{name}(" in PATTERNS.read_text(encoding="utf-8"), name


def exported(template):
    """Names of the macros of a template that pages may use."""
    text = (PATTERNS.parent.parent / "ui" / template).read_text(encoding="utf-8")
    return set(re.findall(r"{% macro ([a-z]\w*)\(", text)) - {"flashes", "copy_button", "aria", "field_notes"}
