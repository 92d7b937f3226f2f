"""What a module's own code in its settings does wrong costs the page at hand and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from charsu.errors import DomainError, Unavailable
from charsu.plugins import faults
from charsu.plugins.guard import describe
from charsu.text.i18n import _
from charsu_tenants.context import current_tenant


@contextmanager
def faults_noted(module: str) -> Iterator[None]:
    """Turn what a rule of the module's raises by mistake into 503, and log it as other faults of hooks.

    It does not count towards quarantine: who can't save her settings still has the module.
    """
    try:
        yield
    except (DomainError, SQLAlchemyError, psycopg.Error):
        raise
    except Exception as error:
        slug = current_tenant().slug
        faults.logger.warning(faults.FAULT, module, "settings", slug, describe(error), exc_info=error)
        raise broken() from error


def broken() -> Unavailable:
    """The answer where settings can't be used."""
    return Unavailable(
        _("The settings of this module have a fault of its own. The module works on with what is set."),
        code="settings_broken",
    )
