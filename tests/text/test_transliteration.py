import pytest
from hypothesis import given
from hypothesis import strategies as st

from charsu.text.transliteration import suggest_slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("فروشگاه پارس", "foroushgah-pars"),
        ("کافه نون و القلم", "cafe-noun-va-alghalm"),
        ("کتاب‌فروشی نشر بهار", "ketabforoushi-nashr-bahar"),
        ("گالري طلا", "gallery-tala"),
        ("Sara's Bakery 24", "saras-bakery-24"),
        ("Rose & Thyme Flowers", "rose-thyme-flowers"),
        ("چاپ ۱۲۳", "chap-123"),
        ("!!!", ""),
    ],
)
def test_a_name_becomes_a_word_for_an_address(name, slug):
    assert suggest_slug(name) == slug


@given(st.text(max_size=120))
def test_a_suggestion_is_always_an_address_or_nothing(name):
    slug = suggest_slug(name)

    assert len(slug) <= 40
    assert slug == "" or (
        set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and slug.strip("-") == slug
    )
