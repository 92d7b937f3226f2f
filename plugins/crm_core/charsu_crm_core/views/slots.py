"""The places on pages of the CRM that other modules fill."""

from charsu.db import db
from charsu.events import current_actor
from charsu.plugins import HookContext
from charsu.plugins.dispatch import Answer, call
from charsu.web.access import can
from charsu_tenants.context import current_tenant


def slot_fragments(slot: str, subject: object) -> list[Answer]:
    """What the modules of this tenant have to show there, in order; a faulty one is left out."""
    ctx = HookContext(tenant=current_tenant(), session=db.session(), actor=current_actor(), can=can)
    return call("fragments", ctx, slot=slot, subject=subject)
