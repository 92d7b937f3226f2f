"""What a module's own code in its settings does wrong costs the page at hand, and is noted as its fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from charsu.errors import DomainError, Unavailable
from charsu.plugins.faults import note_fault
from charsu.plugins.guard import Contained, describe
from charsu.text.i18n import _
from charsu_tenants.context import current_tenant


@contextmanager
def faults_noted(module: str) -> Iterator[None]:
    """Turn what a rule of the module's raises by mistake into 503, and count it as other faults of hooks."""
    try:
        yield
    except (DomainError, SQLAlchemyError, psycopg.Error):
        raise
    except Exception as error:
        fault = Contained(describe(error))
        fault.__cause__ = error
        note_fault(current_tenant(), module, "settings", str(fault), fault)
        raise broken() from error


def broken() -> Unavailable:
    """The answer where settings can't be used."""
    return Unavailable(
        _("The settings of this module have a fault of its own. The module works on with what is set."),
        code="settings_broken",
    )
