"""When and where a change of points is made, and by whom: points end with a local day, not with a UTC one."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from charsu.text.preferences import Calendar


class Locality(Protocol):
    """The part of a tenant that decides on days and money; `charsu_tenants.context.Tenant` is one."""

    @property
    def timezone(self) -> str:
        """IANA name, such as `Asia/Tehran`."""

    @property
    def calendar(self) -> Calendar:
        """In which months are counted; the reader of a page may have chosen another."""

    @property
    def currency(self) -> str:
        """ISO 4217, of a club whose rule was never saved."""


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """What every use case has to know besides its own input."""

    locality: Locality
    now: dt.datetime
    #: As the core names actors; empty for the machine.
    actor: Mapping[str, Any] | None = None

    @property
    def today(self) -> dt.date:
        """The local day."""
        return local_day(self.now, self.locality)


def local_day(instant: dt.datetime, locality: Locality) -> dt.date:
    """Return the day an aware `instant` falls on where the business is."""
    return instant.astimezone(ZoneInfo(locality.timezone)).date()


def day_start(day: dt.date, locality: Locality) -> dt.datetime:
    """Return the first instant of a local `day`, in UTC."""
    return dt.datetime.combine(day, dt.time(), ZoneInfo(locality.timezone)).astimezone(dt.UTC)
