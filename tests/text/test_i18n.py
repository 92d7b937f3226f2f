import pytest
from flask import Flask, render_template_string
from markupsafe import Markup

from charsu.text.i18n import gettext, inside, lazy, ngettext
from charsu.text.preferences import current_preferences, use_locale
from charsu.text.setup import init_text


def make_app() -> Flask:
    app = Flask(__name__)
    init_text(app, person_locale=lambda: None)
    return app


def test_whole_numbers_in_messages_use_the_readers_digits():
    assert ngettext("%(num)s day ago", "%(num)s days ago", 1250) == "۱٬۲۵۰ روز پیش"
    with use_locale("en"):
        assert ngettext("%(num)s day ago", "%(num)s days ago", 1) == "1 day ago"
        assert ngettext("%(num)s day ago", "%(num)s days ago", 2) == "2 days ago"


def test_persian_counts_one_and_many_apart():
    with use_locale("fa"):
        told = [ngettext("one more", "%(num)s more", number) for number in (1, 4)]

    assert told == ["یکی دیگر", "۴ تای دیگر"]


def test_lazy_text_is_translated_when_it_is_shown():
    title = lazy("Settings")

    with use_locale("en"):
        assert str(title) == "Settings"
    assert str(title) == "تنظیمات"


def test_what_people_typed_is_escaped_inside_messages():
    assert gettext("Hello %(name)s", name=Markup("<b>x</b>")) == "سلام، <b>x</b>"
    app = make_app()
    with app.test_request_context("/"), use_locale("en"):
        page = render_template_string("{{ _('Hello %(name)s', name=name) }}", name="<script>")
    assert page == "Hello &lt;script&gt;"


@pytest.mark.parametrize(("title", "within"), [("Customer", "customer"), ("SMS", "SMS"), ("مشتری", "مشتری")])
def test_a_title_inside_a_sentence_begins_small_unless_it_is_an_abbreviation(title, within):
    assert inside(title) == within


def test_an_unknown_message_is_shown_as_it_is():
    assert gettext("Never written anywhere 100%") == "Never written anywhere 100%"


def test_filters_on_constants_follow_each_reader():
    template = "{{ 2500000|money_text }} {{ 1404|number }}"
    app = make_app()
    with app.test_request_context("/"):
        persian = render_template_string(template)
        with use_locale("en"):
            english = render_template_string(template)
    assert (persian, english) == ("۲۵۰٬۰۰۰ تومان ۱٬۴۰۴", "250,000 Toman 1,404")
    assert current_preferences().locale == "fa"
