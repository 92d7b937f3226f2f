from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charsu.text.digits import format_number, parse_number, to_latin, to_persian
from charsu.text.national_id import normalise_company_id, normalise_national_id
from charsu.text.phones import format_phone, normalise_phone, phone_html
from charsu.text.preferences import Preferences, use_preferences


@pytest.mark.parametrize(
    "typed",
    [
        *("09123456789", "۰۹۱۲۳۴۵۶۷۸۹", "٠٩١٢٣٤٥٦٧٨٩", "0912 345 67 89", "0912-345-6789", "9123456789"),
        *("+989123456789", "+98 912 345 6789", "00989123456789", "989123456789", "98 912 345 6789"),
        *("(۰۹۱۲) ۳۴۵۶۷۸۹", "\u200e۰۹۱۲۳۴۵۶۷۸۹\u200f", "+98 (0) 912 345 6789"),
    ],
)
def test_one_mobile_number_has_one_form(typed):
    assert normalise_phone(typed) == "+989123456789"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("021-88776655", "+982188776655"),
        ("۰۲۱ ۸۸۷۷ ۶۶۵۵", "+982188776655"),
        ("+44 20 7946 0958", "+442079460958"),
    ],
)
def test_landlines_and_foreign_numbers_are_numbers_too(typed, stored):
    assert normalise_phone(typed) == stored


@pytest.mark.parametrize(
    "typed", ["", "123", "abc", "0912", "09123456789123456", "۰۹۱۲۳۴۵۶۷۸", "0" * 50, "tel:x"]
)
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(ValueError, match="تلفن"):
        normalise_phone(typed)


def test_numbers_read_from_left_to_right_inside_persian():
    assert format_phone("+989123456789") == "۰۹۱۲ ۳۴۵ ۶۷۸۹"
    assert 'dir="ltr"' in phone_html("+989123456789")
    assert phone_html(None) == ""


@pytest.mark.parametrize("typed", ["0084575948", "۰۰۸۴۵۷۵۹۴۸", "84575948", "008-457594-8", " ٠٠٨٤٥٧٥٩٤٨ "])
def test_a_national_id_gets_its_zeros_back(typed):
    assert normalise_national_id(typed) == "0084575948"


@pytest.mark.parametrize(
    "typed", ["0084575949", "1111111111", "0000000000", "123", "", "00845759481", "۱۲۳abc۷۸۹۰"]
)
def test_wrong_national_ids_are_refused(typed):
    with pytest.raises(ValueError, match="کد ملی"):
        normalise_national_id(typed)


def test_a_company_id_has_its_own_checksum():
    assert normalise_company_id("۱۰۳۸۰۲۸۴۷۹۰") == "10380284790"
    with pytest.raises(ValueError, match="شناسه"):
        normalise_company_id("10380284792")


def test_numbers_are_grouped_in_the_readers_script():
    assert format_number(1234567) == "۱٬۲۳۴٬۵۶۷"
    assert format_number(Decimal("-1234.50")) == "\u200e\u2212۱٬۲۳۴٫۵"
    assert format_number(0.5, places=2) == "۰٫۵۰"
    assert (to_latin("۱۲٫۵"), to_persian("12.5")) == ("12.5", "۱۲.۵")


@given(st.decimals(-(10**12), 10**12, places=3), st.sampled_from(["fa", "en"]))
def test_every_number_survives_the_way_to_paper_and_back(number, locale):
    with use_preferences(Preferences(locale=locale)):
        assert parse_number(format_number(number)) == number


@pytest.mark.parametrize("typed", ["", "1e5", "NaN", "--1", "1.2.3", "٪۵", "∞", "1" * 50])
def test_what_is_no_decimal_is_refused(typed):
    with pytest.raises(ValueError, match="عدد"):
        parse_number(typed)


@pytest.mark.parametrize(
    ("zone", "typed", "stored"),
    [
        ("Europe/London", "07911 123456", "+447911123456"),
        ("Asia/Dubai", "050 123 4567", "+971501234567"),
        ("Asia/Dubai", "0912 345 6789", "+989123456789"),
        ("Asia/Tehran", "0912 345 6789", "+989123456789"),
    ],
)
def test_a_number_without_a_country_code_is_of_the_business_s_country_or_a_mobile_of_iran(
    zone, typed, stored
):
    with use_preferences(Preferences(timezone=zone)):
        assert normalise_phone(typed) == stored
