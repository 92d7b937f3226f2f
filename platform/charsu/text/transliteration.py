"""From a Persian name to the Latin word of an address: «فروشگاه پارس» becomes `foroushgah-pars`."""

import re

from charsu.text.folding import fold

_LETTERS = {
    "ا": "a",
    "ب": "b",
    "پ": "p",
    "ت": "t",
    "ث": "s",
    "ج": "j",
    "چ": "ch",
    "ح": "h",
    "خ": "kh",
    "د": "d",
    "ذ": "z",
    "ر": "r",
    "ز": "z",
    "ژ": "zh",
    "س": "s",
    "ش": "sh",
    "ص": "s",
    "ض": "z",
    "ط": "t",
    "ظ": "z",
    "ع": "a",
    "غ": "gh",
    "ف": "f",
    "ق": "gh",
    "ک": "k",
    "گ": "g",
    "ل": "l",
    "م": "m",
    "ن": "n",
    "ه": "h",
    "ء": "",
    "ئ": "e",
}
#: Words of shop signs whose vowels Persian does not write.
_WORDS = {
    "فروشگاه": "foroushgah",
    "شرکت": "sherkat",
    "کافه": "cafe",
    "رستوران": "restaurant",
    "گالری": "gallery",
    "کلینیک": "clinic",
    "سالن": "salon",
    "آرایشگاه": "arayeshgah",
    "پوشاک": "poushak",
    "کتاب": "ketab",
    "طلا": "tala",
    "جواهری": "javaheri",
    "قنادی": "ghannadi",
    "داروخانه": "darukhaneh",
    "خانه": "khaneh",
    "بازار": "bazar",
    "موسسه": "moasseseh",
    "آموزشگاه": "amouzeshgah",
    "هنر": "honar",
    "چاپ": "chap",
    "گل": "gol",
    "سبز": "sabz",
    "مهر": "mehr",
    "بهار": "bahar",
    "سپهر": "sepehr",
    "نگین": "negin",
    "تهران": "tehran",
    "اصفهان": "isfahan",
    "شیراز": "shiraz",
    "تبریز": "tabriz",
    "مشهد": "mashhad",
    "ایران": "iran",
    "ایرانیان": "iranian",
    "پارسیان": "parsian",
    "چهارسو": "charsu",
    "چارسو": "charsu",
    "گروه": "group",
    "مرکز": "markaz",
    "دیجیتال": "digital",
    "موبایل": "mobile",
    "آنلاین": "online",
    "کفش": "kafsh",
    "کیف": "kif",
    "فرش": "farsh",
    "قهوه": "ghahveh",
    "نان": "nan",
    "شهر": "shahr",
    "نو": "no",
    "من": "man",
    "ما": "ma",
    "و": "va",
    "رز": "rose",
    "سرا": "sara",
    "نوین": "novin",
}
_FOLDED_WORDS = {fold(word): latin for word, latin in _WORDS.items()}
_VOWELS = frozenset("aeiou")


def suggest_slug(name: str, longest: int = 40) -> str:
    """An address word for a name in Persian or Latin letters; empty when nothing in it can be spelled."""
    words = [_word(word) for word in re.split(r"[\s_\-./&،,]+", fold(name)) if word]
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug and word else slug or word
        if len(longer) > longest:
            break
        slug = longer
    return slug or "".join(words)[:longest]


def _word(word: str) -> str:
    known = _FOLDED_WORDS.get(word)
    if known is not None:
        return known
    spelled = ""
    for at, letter in enumerate(word):
        spelled += _letter(letter, before=spelled, is_first=at == 0, is_last=at == len(word) - 1)
    return re.sub(r"[^a-z0-9]", "", spelled)


def _letter(letter: str, *, before: str, is_first: bool, is_last: bool) -> str:
    """A letter by its place: و and ی are vowels inside a word, and ه after a consonant ends one in -eh."""
    after_vowel = before[-1:] in _VOWELS
    if letter == "و":
        return "v" if is_first or after_vowel else "ou"
    if letter == "ی":
        return "y" if is_first or (after_vowel and not is_last) else "i"
    if letter == "ه" and is_last and before and not after_vowel:
        return "eh"
    return _LETTERS.get(letter, letter)
