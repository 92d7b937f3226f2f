"""The declaration of a module's settings: which there are, of what kind, what holds until somebody says."""

from __future__ import annotations

import dataclasses
import keyword
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import marshmallow as ma
from sqlalchemy.orm import Session

from charsu.errors import RuleViolated
from charsu.module_settings.reading import Holding, holding_of
from charsu.module_settings.secret_field import SecretField
from charsu.plugins.manifest import Text
from charsu.records import fields as kinds
from charsu.records.custom import Fields
from charsu.records.fields import Field
from charsu.records.specs import Section

Values = TypeVar("Values")

#: Kinds a setting may be of; a link leads to the set-up of a module, whose records are never merged.
KINDS: tuple[type[Field], ...] = (
    kinds.TextField,
    kinds.LongTextField,
    kinds.NumberField,
    kinds.MoneyField,
    kinds.DateField,
    kinds.ChoiceField,
    kinds.MultiChoiceField,
    kinds.TagsField,
    kinds.FlagField,
    kinds.PhoneField,
    kinds.EmailField,
    kinds.UrlField,
    kinds.MemberField,
    kinds.LinkField,
    SecretField,
)
#: Inputs the form has for itself.
VERSION, RESET = "settings_version", "settings_reset"


@dataclass(frozen=True, kw_only=True, eq=False)
class ModuleSettings(Generic[Values]):
    """What a business can set for a module, from which its page, its API and its audit come.

    Give it from the `settings` hook. `fields` are the kit's own kinds, and `values` is a dataclass with an
    attribute for each, as code reads them: `SETTINGS.of(session).days`. A field's `default` holds until
    somebody sets another value; without one the attribute may be None.
    """

    #: The module's name, `loyalty`.
    module: str
    values: type[Values]
    #: In the order of the form. Names are stored with the values: do not rename them.
    fields: tuple[Field, ...]
    sections: tuple[Section, ...] = ()
    #: What the settings are about, in a sentence.
    summary: Text = ""
    #: Who may see and change them.
    permission: str = "core.settings.manage"
    #: The module's rule for all of them together; raises `RuleViolated` with the field's name.
    check: Callable[[Values], None] | None = None

    def of(self, session: Session) -> Values:
        """What holds for the business of this session: what is set, else the defaults.

        One statement reads the settings of all modules, once a unit of work. What is stored and does not fit
        the declaration any more counts as not set.
        """
        found: Values = self.holding(session).typed
        return found

    def holding(self, session: Session) -> Holding:
        """As `of`, with what is set, what does not fit, and the version."""
        return holding_of(session, self)

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"/settings/modules/{self.module}"

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by name."""
        return {item.name: item for item in self.fields}

    @cached_property
    def kit_fields(self) -> Fields:
        """The fields as the functions of the kit take them."""
        return Fields(self.fields)

    def faults(self) -> Iterator[str]:
        """What is wrong with the declaration, one line each."""
        names = [item.name for item in self.fields]
        for name in names:
            if names.count(name) > 1 or not name.isidentifier() or keyword.iskeyword(name):
                yield f"setting {name} needs a name of its own that code can read"
            elif name in (VERSION, RESET) or name.startswith("_"):
                yield f"setting {name} has a name of the form itself"
        if not dataclasses.is_dataclass(self.values):
            yield f"{self.values!r} is no dataclass"
        elif {item.name for item in dataclasses.fields(self.values) if item.init} ^ set(names):
            yield f"the attributes of {self.values.__name__} are not the settings {', '.join(names)}"
        sections = {section.key for section in self.sections} | {""}
        for item in self.fields:
            if type(item) not in KINDS:
                yield f"setting {item.name} is a {type(item).__name__}, which settings do not have"
            elif item.section not in sections:
                yield f"setting {item.name} is in section {item.section}, which there is not"
            elif reason := _unfit_default(item):
                yield f"the default of setting {item.name} does not fit it: {reason}"


def _unfit_default(item: Field) -> str:
    if item.default is None:
        return ""
    try:
        item.checked(item.json_field().deserialize(item.to_stored(item.default)))
    except (ma.ValidationError, RuleViolated) as refusal:
        return str(refusal)
    return ""


#: The settings of some module: what the core handles, whose attributes it does not know.
AnySettings = ModuleSettings[Any]
