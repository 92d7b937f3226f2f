"""The recycle bin: every record one may delete and somebody did, until it is removed for good."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request

from charsu.db import db
from charsu.errors import Conflict, NotFound, RuleViolated
from charsu.records.access import access_of_request
from charsu.records.batches import get_batch
from charsu.records.bin_list import KEPT_DAYS, Bin
from charsu.records.registry import usable_type, usable_types
from charsu.records.service import service_of
from charsu.text.i18n import _
from charsu.web.access import signed_in
from charsu.web.flashes import flash
from charsu.web.rendering import page_redirect, redirect_to_path, render
from charsu_tenants.context import current_tenant

PAGE = 50
#: Where the page of a batch is, by its kind.
_BATCH_PAGES = {"import": "import", "bulk": "bulk", "merge": "merges", "export": "export"}
recycle_bin = Blueprint("bin", "charsu.records")


@recycle_bin.get("/bin")
@signed_in
def show_bin() -> Response:
    """What lies in the bin, newest first; whoever may delete nothing sees an empty one."""
    only = request.args.get("type", "")
    found = Bin(db.session(), usable_types(current_tenant()), access_of_request, only)
    page = found.page(request.args.get("after", type=uuid.UUID), PAGE + 1)
    return render(
        "records/bin.html",
        types=list(found.types.values()),
        only=only if only in found.types else "",
        deletions=page[:PAGE],
        next_after=page[PAGE - 1].id if len(page) > PAGE else None,
        kept_days=KEPT_DAYS,
    )


@recycle_bin.post("/bin/<uuid:deletion_id>/restoration")
@signed_in
def restore_deletion(deletion_id: uuid.UUID) -> Response:
    """Take a record out of the bin, with what went along."""
    session = db.session()
    deletion = Bin(session, usable_types(current_tenant()), access_of_request).get(deletion_id)
    record_type = deletion.record_type
    service = service_of(record_type, session, access_of_request(record_type))
    try:
        with session.begin_nested():
            service.restore(deletion_id)
    except (RuleViolated, Conflict) as refusal:
        flash(refusal.message, "danger")
        return page_redirect("bin.show_bin")
    flash(_("“%(title)s” is back.", title=deletion.title))
    return redirect_to_path(record_type.url(deletion.record_id))


@recycle_bin.get("/batches/<uuid:batch_id>")
@signed_in
def show_batch(batch_id: uuid.UUID) -> Response:
    """On to the page of an import, a bulk edit, a merge or an export, which looks who may see it."""
    batch = get_batch(db.session(), batch_id)
    record_type = usable_type(batch.record_type, current_tenant())
    if batch.kind not in _BATCH_PAGES:
        raise NotFound
    return redirect_to_path(record_type.url(f"{_BATCH_PAGES[batch.kind]}/{batch_id}"))
