"""Counts what goes wrong with a module for a tenant, until it is enough to switch it off for her."""

import logging

import psycopg

from charsu.plugins.guard import describe
from charsu.process import runtime
from charsu_tenants.context import Tenant
from charsu_tenants.modules import record_fault

logger = logging.getLogger(__name__)
#: Of a module, its hook, the tenant and what was wrong; `charsu plugin check` listens for it.
FAULT = "plugin fault: %s.%s for %s: %s"


def note_fault(
    tenant: Tenant, module: str, hook: str, error: str, cause: BaseException | None = None
) -> None:
    """Log a fault of a module and count it; the fifth within five minutes quarantines it for this tenant."""
    logger.warning(FAULT, module, hook, tenant.slug, error, exc_info=cause and cause.__cause__)
    try:
        if record_fault(runtime().database, tenant.id, module, hook, error):
            logger.error(
                "module %s is quarantined for %s after repeated faults; once it is mended: "
                "charsu module lift %s %s",
                module,
                tenant.slug,
                tenant.slug,
                module,
            )
    except psycopg.Error as failure:
        logger.error("could not record the fault: %s", describe(failure))
