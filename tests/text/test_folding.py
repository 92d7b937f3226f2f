import pytest
from hypothesis import given
from hypothesis import strategies as st

from charsu.text.folding import fold, fold_compact, fold_for_search


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("كتابخانه ملي", "کتابخانه ملی"),
        ("علي اصغر", "علی اصغر"),
        ("مُحَمَّد", "محمد"),
        ("آزاده", "ازاده"),
        ("إبراهيم", "ابراهیم"),
        ("مؤسسه", "موسسه"),
        ("خانهٔ ما", "خانه ما"),
        ("خانۀ ما", "خانه ما"),
        ("سیـــب", "سیب"),
        ("تلفن ۰۹۱۲", "تلفن 0912"),
        ("تلفن ٠٩١٢", "تلفن 0912"),
        ("  دو   فاصله ", "دو فاصله"),
        ("ABC Ünlü", "abc unlu"),
        ("ﻻله", "لاله"),
        ("\u200fراست\u200e", "راست"),
        ("1٬250", "1250"),
    ],
)
def test_spellings_of_one_text_fold_alike(typed, same):
    assert fold(typed) == fold(same)


@pytest.mark.parametrize("typed", ["باشگاه‌های مشتریان", "باشگاههای مشتریان", "باشگاه های مشتریان"])
def test_half_space_space_and_nothing_are_one_in_the_compact_key(typed):
    assert fold_compact(typed) == "باشگاههایمشتریان"


def test_different_letters_stay_different():
    assert len({fold(word) for word in ("پدر", "بدر", "تدر", "گل", "کل", "ژاله", "زاله")}) == 7


@pytest.mark.parametrize("query", ["علی رضا", "علیرضا", "علي‌رضا", "عَلی"])
def test_search_text_holds_every_way_to_write_a_name(query):
    haystack = fold_for_search("علی‌ رضا محمدی", None, "")

    assert fold(query) in haystack or fold_compact(query) in haystack


@given(st.text(max_size=60))
def test_a_fold_folds_to_itself(text):
    assert fold(fold(text)) == fold(text)
