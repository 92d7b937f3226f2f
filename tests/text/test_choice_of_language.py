import pytest
from flask import Flask

from charsu.text.preferences import _forced, current_preferences, forget_preferences, known_locale
from charsu.text.setup import init_text


@pytest.fixture
def app(monkeypatch):
    person = []
    made = Flask(__name__)
    init_text(made, person_locale=lambda: person[0] if person else None)
    made.extensions["person"] = person
    token = _forced.set(None)
    yield made
    _forced.reset(token)


def locale_of(app, **request):
    with app.test_request_context("/", **request):
        return current_preferences().locale


def test_the_person_outweighs_everything(app):
    app.extensions["person"].append("en")

    assert locale_of(app, query_string="lang=fa", headers={"Cookie": "charsu_lang=fa"}) == "en"


def test_address_then_cookie_then_browser_then_persian(app):
    cookie = {"Cookie": "charsu_lang=fa", "Accept-Language": "en"}

    assert locale_of(app, query_string="lang=en", headers=cookie) == "en"
    assert locale_of(app, headers=cookie) == "fa"
    assert locale_of(app, headers={"Accept-Language": "en-GB,en;q=0.9"}) == "en"
    assert locale_of(app, headers={"Accept-Language": "de"}) == "fa"
    assert locale_of(app) == "fa"


@pytest.mark.parametrize("text", ["../etc", "de", "", None, "x" * 500])
def test_unknown_languages_are_no_language(text):
    assert known_locale(text) is None


def test_a_change_within_the_request_counts_once_it_is_told(app):
    with app.test_request_context("/"):
        assert current_preferences().locale == "fa"
        app.extensions["person"].append("en")
        forget_preferences()
        assert current_preferences().locale == "en"
