"""From a Persian name to the Latin word of an address: «فروشگاه پارس» becomes `foroushgah-pars`."""

import re

from charsu.text.folding import fold

_LETTER_PAIRS = """
ا=a ب=b پ=p ت=t ث=s ج=j چ=ch ح=h خ=kh د=d ذ=z ر=r ز=z ژ=zh س=s ش=sh ص=s ض=z ط=t ظ=z ع=a غ=gh ف=f
ق=gh ک=k گ=g ل=l م=m ن=n ه=h ئ=e
"""
#: Words of shop signs whose vowels Persian does not write.
_WORD_PAIRS = """
فروشگاه=foroushgah شرکت=sherkat کافه=cafe رستوران=restaurant گالری=gallery کلینیک=clinic
سالن=salon آرایشگاه=arayeshgah پوشاک=poushak کتاب=ketab طلا=tala جواهری=javaheri قنادی=ghannadi
داروخانه=darukhaneh خانه=khaneh بازار=bazar موسسه=moasseseh آموزشگاه=amouzeshgah هنر=honar
چاپ=chap گل=gol سبز=sabz مهر=mehr بهار=bahar سپهر=sepehr نگین=negin تهران=tehran اصفهان=isfahan
شیراز=shiraz تبریز=tabriz مشهد=mashhad ایران=iran ایرانیان=iranian پارسیان=parsian چهارسو=charsu
چارسو=charsu گروه=group مرکز=markaz دیجیتال=digital موبایل=mobile آنلاین=online کفش=kafsh
کیف=kif فرش=farsh قهوه=ghahveh نان=nan شهر=shahr نو=no من=man ما=ma و=va رز=rose سرا=sara
نوین=novin نشر=nashr فروشی=foroushi لباس=lebas غذا=ghaza خرید=kharid سفر=safar دکتر=doctor
محمد=mohammad رضا=reza علی=ali دانش=danesh بنیان=bonyan پردازش=pardazesh مرکزی=markazi
خودرو=khodro نرم=narm افزار=afzar شیرینی=shirini فرهنگ=farhang نور=nour سنتی=sonnati بزرگ=bozorg
نمونه=nemouneh تجهیزات=tajhizat پزشکی=pezeshki
"""
_LETTERS = dict(pair.split("=") for pair in _LETTER_PAIRS.split())
_WORDS = dict(pair.split("=") for pair in _WORD_PAIRS.split())
_FOLDED_WORDS = {fold(word): latin for word, latin in _WORDS.items()}
_VOWELS = frozenset("aeiou")
_CONSONANTS = frozenset(_LETTERS.values()) - _VOWELS | {"v", "y"}


def suggest_slug(name: str, longest: int = 40) -> str:
    """An address word for a name in Persian or Latin letters; empty when nothing in it can be spelled."""
    words = [_compound(word) for word in re.split(r"[\s_\-./&،,]+", name) if word]
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug and word else slug or word
        if len(longer) > longest:
            break
        slug = longer
    return slug or "".join(words)[:longest]


def _compound(word: str) -> str:
    """A word whose parts a half-space may join: «کتاب‌فروشی» is spelled part by part."""
    return "".join(_word(fold(part)) for part in word.split("\u200c"))


def _word(word: str) -> str:
    known = _FOLDED_WORDS.get(word)
    if known is not None:
        return known
    if word.isascii():
        # Latin already, with all its vowels.
        return re.sub(r"[^a-z0-9]", "", word)
    units: list[str] = []
    for at, letter in enumerate(word):
        before = units[-1] if units else ""
        units.append(_unit(letter, before=before, is_first=at == 0, is_last=at == len(word) - 1))
    return re.sub(r"[^a-z0-9]", "", _with_vowels(units))


def _unit(letter: str, *, before: str, is_first: bool, is_last: bool) -> str:
    """A letter by its place: و and ی are vowels inside a word, and ه after a consonant ends one in -eh."""
    after_vowel = before[-1:] in _VOWELS
    if letter == "و":
        return "v" if is_first or after_vowel else "ou"
    if letter == "ی":
        return "y" if is_first or (after_vowel and not is_last) else "i"
    if letter == "ه" and is_last and before and not after_vowel:
        return "eh"
    return _LETTERS.get(letter, letter if letter.isascii() else "")


def _with_vowels(units: list[str]) -> str:
    """Persian writes no short vowels: an `a` goes where three consonants, or two at the front, would meet."""
    spelled = ""
    run = 1  # the edge of the word counts as a consonant
    for unit in units:
        run = run + 1 if unit in _CONSONANTS else 0
        if run == 3:
            spelled += "a"
            run = 1
        spelled += unit
    return spelled
