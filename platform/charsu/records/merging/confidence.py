"""How sure it is that two records are one, from what they share."""

from collections.abc import Iterable

from charsu.records.record_type import RecordType

#: Reasons that come from the name; the others are names of fields.
NAME_REASONS = ("name", "close_name")
#: Per cent by which a shared value of a kind speaks for one person, found by judgement: a family shares a
#: phone, a firm an e-mail address, nobody a national id.
_BY_KIND = {"national_id": 97, "email": 80, "phone": 70}
_OTHER = 75
_BY_NAME = {"name": 55, "close_name": 35}
#: What speaks for it less is not worth anybody's time.
LEAST = 50


def confidence_of(record_type: RecordType, reasons: Iterable[str]) -> int:
    """1 to 99: each reason leaves its share of the doubt that the others left."""
    doubt = 1.0
    for reason in reasons:
        doubt *= 1 - _weight(record_type, reason) / 100
    return max(1, min(99, round(100 * (1 - doubt))))


def _weight(record_type: RecordType, reason: str) -> int:
    if reason in _BY_NAME:
        return _BY_NAME[reason]
    field = record_type.by_name.get(reason)
    return _BY_KIND.get(field.kind, _OTHER) if field else _OTHER
