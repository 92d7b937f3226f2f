"""What is set for the modules of a business: read once a unit of work, held to the declarations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import marshmallow as ma
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.errors import RuleViolated
from charsu.module_settings.sealing import seal, unseal
from charsu.module_settings.secret_field import SecretField
from charsu.records.fields import Field
from charsu_tenants.context import current_tenant
from charsu_tenants.sessions import TenantSession
from charsu_tenants.statements import HotStatement

if TYPE_CHECKING:
    from charsu.module_settings.declaration import AnySettings

#: The core's revision that made the table: a business that is behind has set nothing yet.
_REVISION = "0006"
_READ = HotStatement("SELECT module, version, stored FROM core_module_settings")
#: Where a session keeps what it read, and what was made of it.
_ROWS, _HOLDINGS = "module_settings", "module_settings_held"


@dataclass(frozen=True)
class Row:
    """What is stored for a module; version 0 where nothing ever was."""

    version: int = 0
    stored: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What holds of a module's settings."""

    version: int
    #: By name: what is set, else the default.
    values: Mapping[str, Any]
    #: The same as the module's own dataclass.
    typed: Any
    #: Names of those that are set.
    changed: frozenset[str]
    #: Names of those whose stored value does not fit the declaration any more: their default holds.
    unfit: frozenset[str]


def holding_of(session: Session, settings: AnySettings) -> Holding:
    """What holds for the business of the session; worked out once a session."""
    known: dict[str, Holding] = session.info.setdefault(_HOLDINGS, {})
    found = known.get(settings.module)
    if found is None:
        row = _rows(session).get(settings.module, Row())
        found = known[settings.module] = held(settings, row)
    return found


def forget_settings(session: Session) -> None:
    """Read anew: settings were changed in this session."""
    session.info.pop(_ROWS, None)
    session.info.pop(_HOLDINGS, None)


def held(settings: AnySettings, row: Row) -> Holding:
    """What holds by this row; names the declaration does not know are left alone."""
    values: dict[str, Any] = {}
    unfit = set()
    for name, item in settings.by_name.items():
        values[name] = item.empty if item.default is None else item.default
        if name in row.stored:
            try:
                values[name] = from_stored(settings.module, item, row.stored[name])
            except (ma.ValidationError, RuleViolated, ValueError, TypeError):
                unfit.add(name)
    return Holding(
        version=row.version,
        values=values,
        typed=settings.values(**values),
        changed=frozenset(row.stored.keys() & settings.by_name.keys() - unfit),
        unfit=frozenset(unfit),
    )


def to_stored(module: str, item: Field, value: Any) -> Any:
    """A value as it is stored: secrets sealed."""
    if isinstance(item, SecretField):
        return None if value is None else seal(value, f"{module}.{item.name}")
    return item.to_stored(value)


def from_stored(module: str, item: Field, stored: Any) -> Any:
    """Read back `to_stored` by all the rules of the field.

    Raises: ValidationError, RuleViolated, ValueError or TypeError for what does not fit it.
    """
    if isinstance(item, SecretField) and stored is not None:
        stored = unseal(stored, f"{module}.{item.name}")
    return item.checked(item.json_field().deserialize(stored))


def _rows(session: Session) -> Mapping[str, Row]:
    rows: Mapping[str, Row] | None = session.info.get(_ROWS)
    if rows is None:
        rows = session.info[_ROWS] = {row[0]: Row(row[1], row[2]) for row in _read(session)}
    return rows


def _read(session: Session) -> Any:
    if not isinstance(session, TenantSession):
        return session.execute(text(_READ.text)).all()
    if current_tenant().modules["core"].revision < _REVISION:
        return ()
    with session.driver() as connection:
        return _READ.tuples(connection, {})
