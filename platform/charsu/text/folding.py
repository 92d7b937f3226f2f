"""One folding of Persian text, for search, duplicate checks, imports and unique keys alike.

The same text comes with Arabic or Persian letters, half-spaces or none, any digits and any marks; a fold
makes them equal. Store the fold beside the text, and fold the query by the same function.
"""

import re
import unicodedata

#: Spellings of a letter or digit -> its one form, as `str.translate` takes them.
LETTERS = str.maketrans(
    {
        **dict.fromkeys("يىئېۍێے", "ی"),
        **dict.fromkeys("كڪګ", "ک"),
        **dict.fromkeys("ةۀەہھ", "ه"),
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("ؤۆۇ", "و"),
        "٫": ".",
        "\u00a0": " ",
        **dict(zip("۰۱۲۳۴۵۶۷۸۹", "0123456789", strict=True)),
        **dict(zip("٠١٢٣٤٥٦٧٨٩", "0123456789", strict=True)),
    }
)
#: Marks without weight of their own: Arabic vowel signs, tatweel, joiners, soft hyphen, direction marks, BOM.
_WEIGHTLESS = re.compile(
    "[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff٬]"
)
_SPACE = re.compile(r"\s+")


def fold(text: str) -> str:
    """`text` in its one comparable form: letters, digits, case unified; marks gone; single spaces."""
    if text.isascii():
        # Nothing above says anything about these.
        return " ".join(text.split()).casefold()
    unified = unicodedata.normalize("NFKC", text).translate(LETTERS)
    # After the letters: NFKD would split آ into ا and a mark, which is what the letter map has done already.
    bare = _WEIGHTLESS.sub("", unicodedata.normalize("NFKD", unified))
    return _SPACE.sub(" ", bare.translate(LETTERS)).strip().casefold()


def fold_compact(text: str) -> str:
    """As `fold`, without any space: «می‌خواهم», «میخواهم» and «می خواهم» are one key."""
    return fold(text).replace(" ", "")


def fold_for_search(*texts: str | None) -> str:
    """What to store and index for a substring search over these texts: folds, then compact folds."""
    present = [text for text in texts if text]
    plain = fold(" ".join(present))
    compact = " ".join(key for key in map(fold_compact, present) if key not in plain)
    return f"{plain} {compact}".strip()
