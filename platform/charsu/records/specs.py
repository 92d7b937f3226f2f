"""Parts of a record type's declaration beyond its fields.

Sections, board, calendar, due dates, duplicates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from charsu.plugins.manifest import Text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from charsu.records.access import RecordAccess


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading of the form and of the record's page; fields name it by `key`."""

    key: str
    title: Text
    is_folded: bool = False


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a board: a value of the board's field."""

    value: str
    title: Text
    tone: str = ""
    #: Whether records here are finished: shown lightly, no rotting, no due date.
    is_closed: bool = False


def by_options(session: Session, group: str | None) -> list[Column]:
    """Stands for "the options of the board's own field"; `RecordType` puts the real function there."""
    raise LookupError((session, group))


@dataclass(frozen=True, kw_only=True)
class Board:
    """Records as cards in columns by one field; moving a card is an update of that field by the service.

    `columns` gives the columns for the chosen `group` (a pipeline), where `groups` lists what to choose from;
    both read the tenant's own set-up through the session. Left out: the options of the field.
    """

    field: str
    columns: Callable[[Session, str | None], list[Column]] = by_options
    #: (value, title) of each group, the first one is shown first; None: the board has no groups.
    groups: Callable[[Session], list[tuple[str, str]]] | None = None
    group_field: str = ""
    #: Summed up per column; with `weight_field` (percent) also weighted.
    sum_field: str = ""
    weight_field: str = ""
    #: Shown on a card below its title.
    card_fields: tuple[str, ...] = ()
    #: Template of a card's extra line, given `record`, `values` and `board`; empty: none.
    card_template: str = ""
    #: Extra facts of all shown cards at once, by record id, for `card_template`.
    card_facts: Callable[[Session, list[UUID]], Mapping[UUID, Any]] | None = None


@dataclass(frozen=True, kw_only=True)
class CalendarSpec:
    """Records on a calendar by their days or moments."""

    start_field: str
    end_field: str = ""
    all_day_field: str = ""
    member_field: str = "owner_id"
    tone_field: str = ""
    #: A `RecurrenceField`: the record is shown again on each further day of its rule.
    repeat_field: str = ""
    #: Values another day of the rule begins with instead of the record's own, such as a list not ticked off.
    afresh: Callable[[Any], Mapping[str, Any]] | None = None


@dataclass(frozen=True, kw_only=True)
class DueSpec:
    """Records somebody has to do something about by a day: they stand on the "today" page."""

    due_field: str
    #: A field that is filled (instant) or true once it is done.
    done_field: str
    member_field: str = "owner_id"
    priority_field: str = ""
    #: Finishes one: called as `finish(session, record_id)`; None: the page only links to it.
    finish: Callable[[Session, UUID], None] | None = None
    #: What to ask who has just finished one, within the bounds of its access; None: nothing follows.
    follow_up: Callable[[Session, RecordAccess, UUID], FollowUp | None] | None = None


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """A question of the module's own after something was finished, such as what comes next for its deal."""

    #: Shown with `facts` as `follow_up`, and with the address to come back to as `here`.
    template: str
    facts: Any


@dataclass(frozen=True, kw_only=True)
class LackSpec:
    """Records that should never be without something, such as an open deal without a next activity.

    The "today" page names those without it to their member until they have it.
    """

    #: The field that is empty where it is missing.
    missing_field: str
    #: Only records with these values, such as `{"state": "open"}`; the others need not have it.
    only: Mapping[str, str]
    #: The heading, such as "Open deals without a next activity".
    title: Text
    #: What mends it: the words of the link, its address for a record's id and title, and who may.
    action: Text
    mend: Callable[[UUID, str], str]
    permission: str
    member_field: str = "owner_id"


@dataclass(frozen=True, kw_only=True)
class Duplicates:
    """By which fields two records are taken for one: `strong` ones alone suffice, the name supports."""

    name_field: str
    strong_fields: tuple[str, ...] = ()
    #: List fields that hold further values of a strong one: {"other_phones": "phone"}.
    further: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Related:
    """A plain table of the module that hangs on the record and moves along when two are merged.

    Link fields of record types and their tables are found by the kit itself; name here what it can't see,
    such as purchases or lines.
    """

    table: str
    column: str
    #: What its rows are called in the preview of a merge.
    title: Text = ""
    #: Columns that are unique together with `column`: a row that would collide stays and is only hidden.
    unique_with: tuple[str, ...] = ()
