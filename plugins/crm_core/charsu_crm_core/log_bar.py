"""The bar on a customer's page that writes down what was said: the same for all customers but for the id."""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from flask import render_template
from markupsafe import Markup

from charsu.plugins import HookContext
from charsu.text import calendar
from charsu.text.preferences import Preferences, current_preferences
from charsu.ui.html import as_html
from charsu.ui.kept import Kept
from charsu_crm_core import choices

#: What the second click offers for each kind; the first one saves without an outcome.
OUTCOMES_OF: Mapping[str, tuple[str, ...]] = {
    "call": ("reached", "no_answer", "busy", "call_back", "interested", "not_interested"),
    "email": ("interested", "not_interested", "done"),
    "meeting": ("interested", "not_interested", "done"),
    "message": ("reached", "no_answer", "interested", "done"),
    "note": (),
}
#: Stands for the customer in a kept bar; the id of nobody.
_SOMEBODY = UUID(int=0xC0DE << 48)
_kept: Kept[tuple[Preferences, dt.date, tuple[bool, ...]], str] = Kept(256)


def log_bar(ctx: HookContext, customer_id: UUID) -> Markup:
    """The bar as its reader may use it; nothing for who may not write down what was said."""
    if not ctx.can("crm.interaction.write"):
        return Markup()
    allowed = ctx.can("crm.task.write"), ctx.can("crm.deal.write")
    key = current_preferences(), calendar.today(), allowed
    html = _kept.get(key) or _kept.put(key, _drawn(*allowed))
    return as_html(html.replace(str(_SOMEBODY), str(customer_id)))


def _drawn(may_plan: bool, may_deal: bool) -> str:
    return render_template(
        "crm/_log_bar.html",
        customer_id=_SOMEBODY,
        here=f"/crm/customers/{_SOMEBODY}",
        log_kinds=[
            (kind, title, choices.INTERACTION_ICONS[kind], OUTCOMES_OF[kind])
            for kind, title in choices.INTERACTION_TITLES.items()
        ],
        outcome_title=choices.OUTCOME_TITLES,
        tomorrow=calendar.today() + dt.timedelta(days=1),
        may_plan=may_plan,
        may_deal=may_deal,
    )
