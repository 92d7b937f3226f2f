import pytest
from hypothesis import given
from hypothesis import strategies as st

from charsu.text.money import LARGEST_MINOR, format_money, money_html, money_input, parse_money
from charsu.text.preferences import Preferences, use_preferences


@pytest.mark.parametrize(
    "typed",
    [
        *("250000", "۲۵۰۰۰۰", "۲۵۰٬۰۰۰", "250,000", "۲۵۰،۰۰۰", "٢٥٠٠٠٠", "250 000", "۲۵۰ ۰۰۰ تومان"),
        *("250,000 تومن", "250000 Toman", "۲۵۰ هزار", "۲۵۰ هزار تومان", "۲۵۰هزارتومان"[:7] + " تومان"),
        *("۲٬۵۰۰٬۰۰۰ ریال", "2500000 rial", "0.25 میلیون", "۰٫۲۵ میلیون تومان"),
    ],
)
def test_amounts_are_understood_as_people_write_them(typed):
    assert parse_money(typed) == 2_500_000


@pytest.mark.parametrize(
    "typed",
    ["", " ", "abc", "1e9", "NaN", "Infinity", "-5", "۲/۵", "0.05", "1.2.3", "9" * 30, "٫", "9" * 70, "پنج"],
)
def test_what_is_no_amount_is_refused(typed):
    with pytest.raises(ValueError, match=r"\w"):
        parse_money(typed)


def test_rial_is_typed_and_shown_where_the_business_chose_it():
    with use_preferences(Preferences(money_display="rial")):
        assert parse_money("2,500,000") == 2_500_000
        assert format_money(2_500_000) == "۲٬۵۰۰٬۰۰۰ ریال"


def test_toman_is_a_tenth_of_the_stored_rial():
    assert format_money(2_500_000) == "۲۵۰٬۰۰۰ تومان"
    assert format_money(12_345) == "۱٬۲۳۴٫۵ تومان"
    assert format_money(-2_500_000) == "\u200e\u2212۲۵۰٬۰۰۰ تومان"
    assert format_money(None) == ""


@pytest.mark.usefixtures("english")
def test_english_readers_get_latin_digits():
    assert format_money(2_500_000) == "2,500,000 Rial"
    assert format_money(123_450, "USD") == "$1,234.50"
    assert format_money(-5, "EUR") == "€\u22120.05"
    assert parse_money("12.5", "USD") == 1_250


def test_the_unit_is_smaller_than_the_figure_on_pages():
    assert money_html(10) == '<span class="c-money">۱ <small>تومان</small></span>'


@given(st.integers(0, LARGEST_MINOR), st.sampled_from(["fa", "en"]), st.sampled_from(["toman", "rial"]))
def test_every_amount_survives_the_way_to_the_field_and_back(minor, locale, display):
    with use_preferences(Preferences(locale=locale, money_display=display)):
        assert parse_money(money_input(minor)) == minor
        assert parse_money(format_money(minor)) == minor
