"""The events every record type tells."""

import dataclasses
import uuid
from collections.abc import Iterator
from typing import ClassVar

from charsu.events import Event


@dataclasses.dataclass(frozen=True)
class RecordEvents:
    """The classes of one type's events; each carries the record's id as `<name>_id`.

    `updated` has `fields` too (names of what changed, sorted) and `merged` has `lost_id`; `restored` also
    tells that a merge was undone.
    """

    created: type[Event]
    updated: type[Event]
    deleted: type[Event]
    restored: type[Event]
    merged: type[Event]

    def __iter__(self) -> Iterator[type[Event]]:
        return iter((self.created, self.updated, self.deleted, self.restored, self.merged))


def make_events(noun: str) -> RecordEvents:
    """The five classes for a noun: `deal.created` with `deal_id`, and so on."""
    more: dict[str, list[tuple[str, type]]] = {
        "created": [],
        "updated": [("fields", list[str])],
        "deleted": [],
        "restored": [],
        "merged": [("lost_id", uuid.UUID)],
    }
    return RecordEvents(**{verb: _make(noun, verb, extra) for verb, extra in more.items()})


def _make(noun: str, verb: str, extra: list[tuple[str, type]]) -> type[Event]:
    subject = (noun, f"{noun}_id")
    name = f"{noun.title().replace('_', '')}{verb.title()}"
    namespace = {"type": f"{noun}.{verb}", "subject": subject, "__doc__": f"A {noun} was {verb}."}
    made: type[Event] = dataclasses.make_dataclass(
        name,
        [(subject[1], uuid.UUID), *extra, ("type", ClassVar[str]), ("subject", ClassVar[tuple[str, str]])],
        bases=(Event,),
        namespace=namespace,
        frozen=True,
        kw_only=True,
    )
    return made
