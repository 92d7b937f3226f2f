"""The declaration of a noun: what its records are made of, from which everything else follows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from charsu.events import Event
from charsu.plugins.manifest import Text
from charsu.plugins.pieces import Permission
from charsu.records.events import RecordEvents, make_events
from charsu.records.fields import ChoiceField, Field, InstantField, MemberField
from charsu.records.model import Record
from charsu.records.service import RecordService
from charsu.records.specs import (
    Board,
    CalendarSpec,
    Column,
    DueSpec,
    Duplicates,
    LackSpec,
    Related,
    Section,
    by_options,
)
from charsu.text.i18n import lazy

if TYPE_CHECKING:
    from charsu.plugins.context import HookContext
    from charsu.records.access import RecordAccess

_WORD = re.compile(r"[a-z][a-z0-9_]*\Z")
#: What a role may be allowed of a type: the title, and the built-in roles that get it at first.
VERBS: Mapping[str, tuple[Callable[[Text], Text], tuple[str, ...]]] = {
    "read": (
        lambda nouns: lazy("See: %(nouns)s", nouns=nouns),
        ("manager", "staff", "viewer", "dealer@team"),
    ),
    "write": (
        lambda nouns: lazy("Add and edit: %(nouns)s", nouns=nouns),
        ("manager", "staff", "dealer@team"),
    ),
    "delete": (lambda nouns: lazy("Delete and restore: %(nouns)s", nouns=nouns), ("manager",)),
    "export": (lambda nouns: lazy("Export: %(nouns)s", nouns=nouns), ("manager",)),
    "import": (lambda nouns: lazy("Import: %(nouns)s", nouns=nouns), ("manager",)),
    "merge": (lambda nouns: lazy("Merge: %(nouns)s", nouns=nouns), ("manager",)),
}
OWNER = MemberField(name="owner_id", title=lazy("In charge"))
CREATED = InstantField(name="created_at", title=lazy("Added"), is_read_only=True, in_form=False)
UPDATED = InstantField(name="updated_at", title=lazy("Changed"), is_read_only=True, in_form=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class RecordType:
    """A noun of a module, from which list, form, page, board, calendar, API, import, search and audit come.

    Give it from the `records` hook. The kit mounts its pages at `/<module>/<plural>` and its API at
    `/api/v1/<module>/<plural>`, declares the permissions `<module>.<name>.<verb>` and the events
    `<name>.created`, `.updated`, `.deleted`, `.restored`, `.merged`. What may happen to a record is decided
    by `service`, never here.
    """

    #: The plugin's path, `crm`.
    module: str
    #: The noun, `customer`; also names events and permissions. Stored with data: do not rename it.
    name: str
    model: type[Record]
    title: Text
    plural_title: Text
    #: In the order of the form and of the list.
    fields: tuple[Field, ...]
    #: The field whose value names a record to people; must be a searched text.
    title_field: str = "title"
    #: The word in addresses.
    plural: str = ""
    icon: str = "file"
    #: What the noun is for, in a sentence; stands on its list as help.
    summary: Text = ""
    sections: tuple[Section, ...] = ()
    #: Field the list is sorted by at first, with `-` for the largest first.
    sort: str = "-created_at"
    #: Fields offered as ready filters above the list.
    quick_filters: tuple[str, ...] = ()
    board: Board | None = None
    calendar: CalendarSpec | None = None
    due: DueSpec | None = None
    lack: LackSpec | None = None
    duplicates: Duplicates | None = None
    #: Fields an import may find existing records by.
    match_fields: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    service: type[RecordService[Any]] = RecordService
    events: RecordEvents | None = None
    #: Verbs the kit's routes offer; a module that has its own way to add or edit leaves those out.
    verbs: frozenset[str] = frozenset(VERBS)
    #: What may stay although a batch is taken back, by the words that `service.put_back` answers.
    stays: Mapping[str, Text] = field(default_factory=dict)
    #: Built-in roles by verb, where they differ from `VERBS`.
    default_roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Templates of the module that replace the kit's: `page` (a record), `form`, `list`, `side`,
    #: `head`; `list_actions` stands beside the list's own buttons.
    templates: Mapping[str, str] = field(default_factory=dict)
    #: Words that stand for a field in addresses: {"tag": "tags"}.
    aliases: Mapping[str, str] = field(default_factory=dict)
    #: Endpoints of the kit's API that the module gives itself at the same address, such as `list_records`.
    own_api: frozenset[str] = frozenset()
    #: Whether it is a part of how the business works rather than of what it does, such as the stages of a
    #: pipeline: search leaves it out, and its permissions have no scopes, as nobody owns it.
    is_setup: bool = False
    #: What the slots of its page are named, where it is not the key: `customer` for `customer.main`.
    slot: str = ""
    #: Makes of a record what fragments of its page are told it is about; left out: a
    #: `records.record_view.RecordSubject`.
    subject: Callable[[Any], object] | None = None
    #: What the module's own template of the page shows beyond the kit's, by name.
    page_facts: Callable[[HookContext, RecordAccess, Any], Mapping[str, Any]] | None = None
    #: Whether its page lists what points at the record; False where its own page tells that in another way.
    has_related: bool = True
    #: Place in the menu; 0: not in the menu.
    order: int = 50

    def __post_init__(self) -> None:
        for word in (self.module, self.name, self.plural or self.name):
            if not _WORD.match(word):
                raise ValueError(f"{word!r} is no lower-case word")
        if not issubclass(self.model, Record):
            raise TypeError(f"{self.model.__name__} is no charsu.records.Record")
        names = [item.name for item in self.fields]
        twice = sorted({name for name in names if names.count(name) > 1})
        missing = sorted(name for name in names if not hasattr(self.model, name))
        if twice or missing:
            raise ValueError(
                f"{self.key}: fields {', '.join(twice or missing)} stand twice or have no column"
            )
        named = {self.title_field, self.sort.lstrip("-"), *self.quick_filters, *self.match_fields}
        unknown = sorted(named - self.by_name.keys())
        if unknown:
            raise ValueError(f"{self.key}: there is no field {unknown[0]}")
        self._fill_board()

    def _fill_board(self) -> None:
        """Columns nobody gave are the options of the board's field."""
        if self.board is None or self.board.columns is not by_options:
            return
        item = self.by_name.get(self.board.field)
        if not isinstance(item, ChoiceField):
            raise TypeError(f"{self.key}: the board needs columns, {self.board.field} has no options")
        columns = [
            Column(value=word, title=title, tone=item.tones.get(word, ""))
            for word, title in item.options.items()
        ]
        object.__setattr__(self, "board", replace(self.board, columns=lambda _session, _group: columns))

    @property
    def key(self) -> str:
        """`crm.customer`: the name among all types, and the beginning of its permissions."""
        return f"{self.module}.{self.name}"

    @cached_property
    def path(self) -> str:
        """`/crm/customers`, where its pages are."""
        return f"/{self.module}/{self.plural or self.name + 's'}"

    @cached_property
    def word(self) -> str:
        """`customers`, as addresses and blueprints say it."""
        return self.plural or f"{self.name}s"

    @cached_property
    def all_fields(self) -> tuple[Field, ...]:
        """The declared fields, then owner, added and changed where they are not declared."""
        names = {item.name for item in self.fields}
        return (*self.fields, *(item for item in (OWNER, CREATED, UPDATED) if item.name not in names))

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Every field but the custom ones, by name."""
        return {item.name: item for item in self.all_fields}

    @cached_property
    def rule_field(self) -> Field | None:
        """The field of the rule by which its records repeat on the calendar."""
        return self.by_name.get(self.calendar.repeat_field) if self.calendar is not None else None

    @cached_property
    def done_field(self) -> Field | None:
        """The field that says a record is done, of a type that knows such a thing."""
        return self.by_name.get(self.due.done_field) if self.due is not None else None

    @cached_property
    def facts(self) -> RecordEvents:
        """The classes of its events."""
        return self.events or make_events(self.name)

    @cached_property
    def told(self) -> tuple[type[Event], ...]:
        """Those of its events that its verbs can bring about: of a type that is only read, none."""
        facts = self.facts
        by_verb = {
            "write": (facts.created, facts.updated),
            "delete": (facts.deleted, facts.restored),
            "merge": (facts.merged,),
        }
        return tuple(event for verb, events in by_verb.items() if verb in self.verbs for event in events)

    def permission(self, verb: str) -> str:
        """`crm.customer.read`."""
        return f"{self.key}.{verb}"

    @cached_property
    def permissions(self) -> tuple[Permission, ...]:
        """One for each verb, with scopes; of the set-up, which nobody owns, without."""
        return tuple(
            Permission(
                name=self.permission(verb),
                title=title(self.plural_title),
                default_roles=self._roles(verb, self.default_roles.get(verb, roles)),
                is_scoped=not self.is_setup,
            )
            for verb, (title, roles) in VERBS.items()
            if verb in self.verbs or verb in self.default_roles
        )

    def _roles(self, verb: str, proposed: tuple[str, ...]) -> tuple[str, ...]:
        """The built-in roles; of the set-up everybody reads all, and within a scope nobody writes."""
        if not self.is_setup:
            return proposed
        if verb == "read":
            return tuple(role.partition("@")[0] for role in proposed)
        return tuple(role for role in proposed if "@" not in role)

    def url(self, record_id: object = "", tail: str = "") -> str:
        """The address of the list, of a record, or of something of it: `type.url(id, "edit")`."""
        return "/".join(str(part) for part in (self.path, record_id, tail) if part)
