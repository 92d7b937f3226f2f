"""What stayed when a batch was taken back, by name, as one person may see it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from charsu.plugins.manifest import Text
from charsu.records.access import RecordAccess
from charsu.records.batches import kept_records
from charsu.records.linked import linked_titles
from charsu.records.registry import record_types
from charsu.text.i18n import lazy

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

_SHOWN = 50
_WORDS: Mapping[str, Text] = {
    "changed": lazy("Changed since"),
    "in_use": lazy("Something hangs on it"),
    "module_off": lazy("Its module is turned off"),
    "for_good": lazy("It was removed or merged since"),
}


@dataclass(frozen=True)
class KeptRecord:
    """A record of which something stays; one that is hidden from the reader has neither title nor address."""

    title: str
    url: str
    reason: Text


def kept_list(
    session: Session, record_type: RecordType, access: RecordAccess, batch_id: uuid.UUID
) -> list[KeptRecord]:
    """The first records of a batch that keep something, each with the reason in words."""
    kept = kept_records(session, batch_id, _SHOWN)
    titles = linked_titles(session, {record_type.key: {one for one, _word in kept}}, access.of)
    words = {**_WORDS, **{word: text for item in record_types() for word, text in item.stays.items()}}
    return [
        KeptRecord(titles.get(one, "…"), record_type.url(one) if one in titles else "", words.get(word, word))
        for one, word in kept
    ]
