"""Iranian national ids of people (کد ملی, 10 digits) and of companies (شناسه ملی, 11 digits)."""

from charsu.text.digits import to_latin
from charsu.text.folding import fold_compact
from charsu.text.i18n import _

_COMPANY_WEIGHTS = (29, 27, 23, 19, 17)


def normalise_national_id(text: str) -> str:
    """The ten ASCII digits of a person's national id; leading zeros that a spreadsheet dropped come back.

    Raises:
        ValueError: it is not a valid id; the message is for people.
    """
    digits = _digits_of(text)
    padded = digits.zfill(10)
    if len(digits) < 8 or len(padded) != 10 or not _is_person_id(padded):
        raise ValueError(_("This national id is not valid."))
    return padded


def normalise_company_id(text: str) -> str:
    """The eleven ASCII digits of a company's national id.

    Raises:
        ValueError: it is not a valid id; the message is for people.
    """
    digits = _digits_of(text)
    if len(digits) != 11 or not _is_company_id(digits):
        raise ValueError(_("This company id is not valid."))
    return digits


def _digits_of(text: str) -> str:
    compact = to_latin(fold_compact(text)).replace("-", "")
    return compact if compact.isascii() and compact.isdigit() else ""


def _is_person_id(digits: str) -> bool:
    if len(set(digits)) == 1 or digits[3:9] == "000000":
        return False
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return int(digits[9]) == (rest if rest < 2 else 11 - rest)


def _is_company_id(digits: str) -> bool:
    if len(set(digits)) == 1 or digits[3:9] == "000000":
        return False
    offset = int(digits[9]) + 2
    total = sum(
        (offset + int(digit)) * _COMPANY_WEIGHTS[place % 5] for place, digit in enumerate(digits[:10])
    )
    return total % 11 % 10 == int(digits[10])
