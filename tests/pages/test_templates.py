"""Templates compiled per language say the same as ones that ask each time."""

import re
from pathlib import Path

import pytest
from flask import Flask, render_template
from jinja2 import DictLoader

from charsu.text.preferences import Preferences, use_preferences
from charsu.text.setup import init_text
from charsu.ui.assets import asset_url, name_assets
from charsu.ui.setup import init_ui
from charsu.ui.templates import LanguageEnvironment

PAGES = {
    "page.html": """{% extends "base.html" %}{% import "macros.html" as macros %}
{% block body %}{{ _("Save") }}
{{ macros.line(_("Name")) }}{{ icon("users", _("Members")) }}{% endblock %}""",
    "base.html": """<html lang="{{ preferences().locale }}"
 dir="{{ 'rtl' if preferences().is_rtl else 'ltr' }}">
{% block body %}{% endblock %}{% include 'part.html' %}""",
    "part.html": "{{ '<b>' }}{{ preferences().calendar }}{{ 5|number }}",
    "macros.html": """{% set save = _('Save') %}
{% macro line(title) %}<i>{{ title }}</i>{{ save }}{% endmacro %}""",
    "own.html": "{% macro icon(name) %}({{ name }}){% endmacro %}"
    "{% set _ = shout %}{{ icon('x') }}{{ _('a') }}",
    "hostile.html": "{{ _('a <b> & \"c\"') }} {{ _(word) }} {{ _('%(n)s of 100%%', n=3) }}",
}


@pytest.fixture
def app():
    class App(Flask):
        jinja_environment = LanguageEnvironment

    made = App(__name__)
    made.jinja_loader = DictLoader(PAGES)
    init_text(made)
    init_ui(made)
    with made.app_context():
        yield made


def rendered(name, locale, **context):
    with use_preferences(Preferences(locale=locale)):
        return render_template(name, **context)


@pytest.mark.parametrize("order", [("fa", "en", "fa"), ("en", "fa", "en")])
def test_each_language_has_its_own_words_whoever_came_first(app, order):
    pages = {locale: rendered("page.html", locale) for locale in order}

    assert 'lang="fa"\n dir="rtl"' in pages["fa"]
    assert 'lang="en"\n dir="ltr"' in pages["en"]
    assert pages["fa"].count("ذخیره") == 2
    assert pages["en"].count("Save") == 2
    assert "<svg" in pages["en"]
    assert 'aria-label="Members"' in pages["en"]
    assert "&lt;b&gt;jalali۵" in pages["fa"]


def test_what_is_answered_beforehand_is_escaped_as_ever(app):
    page = rendered("hostile.html", "en", word="x<y")

    assert page == "a &lt;b&gt; &amp; &#34;c&#34; x&lt;y 3 of 100%"


def test_names_a_template_gives_a_meaning_of_its_own_are_left_alone(app):
    assert rendered("own.html", "fa", shout=str.upper) == "(x)A"


def test_calls_with_constants_are_gone_from_the_compiled_page(app):
    with use_preferences(Preferences(locale="en")):
        source = app.jinja_env.compile(PAGES["page.html"], name="page.html", raw=True)

    assert "Save" in source
    assert "'_'" not in source
    assert "'icon'" not in source


def test_a_plugins_static_file_is_marked_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "load.js").write_text("let a;")
    name_assets("workshop", tmp_path, "/workshop/static")
    before = asset_url("workshop/load.js")
    (tmp_path / "load.js").write_text("let b;")
    name_assets("workshop", tmp_path, "/workshop/files")

    assert re.fullmatch(r"/workshop/static/load\.js\?v=[0-9a-f]{10}", before)
    assert asset_url("workshop/load.js").partition("?")[2] != before.partition("?")[2]
    assert asset_url("workshop/none.js") == "/workshop/files/none.js"
    assert asset_url("nobody/none.js") == "/static/nobody/none.js"
