"""The CRM's part of the timeline: purchases, refunds, interactions, deals and finished tasks."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from charsu.plugins import HookContext, TimelineEntry
from charsu.records.timeline import newest
from charsu.text.i18n import _
from charsu.text.money import format_money
from charsu_crm_core import choices
from charsu_crm_core.queries.happenings import Happening, list_happenings


def timeline(
    ctx: HookContext, record_type: str, record_id: UUID, before: datetime, limit: int
) -> Iterator[TimelineEntry]:
    """The entries of a customer, or of a deal, that the person may see, newest first."""
    for row in newest(list_happenings(ctx, record_type, record_id, before, limit), limit):
        yield TimelineEntry(at=row.at, **_WRITTEN[row.part](row))


def _purchase(row: Happening) -> dict[str, Any]:
    return {
        "kind": "crm.purchase",
        "kind_title": _("Purchases"),
        "title": _bought(row),
        "text": row.title or "",
        "icon": "shopping-cart",
        "url": f"/crm/purchases/{row.id}",
        "order": 10,
    }


def _bought(row: Happening) -> str:
    if row.amount is None:
        return _("Bought something")
    return _("Bought for %(amount)s", amount=format_money(row.amount, row.word))


def _got_back(row: Happening) -> str:
    if row.amount is None:
        return _("Got money back")
    return _("Got %(amount)s back", amount=format_money(row.amount, row.word))


def _refund(row: Happening) -> dict[str, Any]:
    return {
        "kind": "crm.refund",
        "kind_title": _("Refunds"),
        "title": _got_back(row),
        "text": row.text,
        "icon": "receipt-refund",
        "url": f"/crm/purchases/{row.id}",
        "order": 11,
    }


def _interaction(row: Happening) -> dict[str, Any]:
    return {
        "kind": "crm.interaction",
        "kind_title": _("Interactions"),
        "title": _interaction_title(row),
        "text": row.text if row.text.strip() != row.title else "",
        "icon": choices.INTERACTION_ICONS[row.word],
        "url": f"/crm/interactions/{row.id}",
        "order": 20,
    }


def _interaction_title(row: Happening) -> str:
    kind = str(choices.INTERACTION_TITLES[row.word])
    parts = [kind if row.title == kind else f"{kind}: {row.title}"]
    if row.further:
        parts.append(str(choices.OUTCOME_TITLES[row.further]))
    return " — ".join(parts)


def _step(row: Happening) -> dict[str, Any]:
    """A deal on its way."""
    return {
        "kind": "crm.deal",
        "kind_title": _("Deals"),
        "title": _step_title(row),
        "icon": {"won": "trophy", "lost": "circle-x"}.get(row.word, "briefcase"),
        "url": f"/crm/deals/{row.id}",
        "order": 30,
    }


def _step_title(row: Happening) -> str:
    if row.word == "won":
        return _("Won: “%(deal)s”", deal=row.title)
    if row.word == "lost":
        return _("Lost: “%(deal)s”", deal=row.title)
    if row.further is None:
        return _("New deal “%(deal)s”", deal=row.title)
    return _("“%(deal)s” went on to %(stage)s", deal=row.title, stage=row.text)


def _task(row: Happening) -> dict[str, Any]:
    return {
        "kind": "crm.task",
        "kind_title": _("Tasks"),
        "title": _("Done: %(task)s", task=row.title),
        "icon": "checklist",
        "url": f"/crm/tasks/{row.id}",
        "order": 40,
    }


_WRITTEN: Mapping[str, Callable[[Happening], dict[str, Any]]] = {
    "purchase": _purchase,
    "refund": _refund,
    "interaction": _interaction,
    "step": _step,
    "task": _task,
}
