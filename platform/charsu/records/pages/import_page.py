"""The pages of an import: choose a file, say what its columns mean, look at what it will do, follow it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, request

from charsu.db import db
from charsu.errors import RuleViolated
from charsu.pages.visit import attempt
from charsu.records.access import RecordAccess, access_of_request
from charsu.records.batches import start_undo
from charsu.records.fields import Field
from charsu.records.importing.batches import ImportBatch, counts_of, list_batches, refused_rows
from charsu.records.importing.checking import check_import
from charsu.records.importing.drafts import choose, choose_sheet, draft_import, fields_for
from charsu.records.importing.mapping import guess_columns
from charsu.records.importing.options import ID, ColumnChoice
from charsu.records.importing.refusals import refused_file
from charsu.records.importing.running import start_import
from charsu.records.importing.visible import visible_batch, visible_member
from charsu.records.kept import kept_list
from charsu.records.record_type import RecordType
from charsu.records.sheets import LIMITS
from charsu.text.i18n import _
from charsu.web.access import requires, takes_upload
from charsu.web.forms import Errors
from charsu.web.rendering import is_partial, redirect_to_path, render

_NOTHING: Errors = {}


def add(pages: Blueprint, record_type: RecordType) -> None:
    """Add the routes of imports, where the type has them."""
    if "import" in record_type.verbs:
        _add_beginning(pages, record_type)
        _add_mapping(pages, record_type)
        _add_running(pages, record_type)


def _add_beginning(pages: Blueprint, record_type: RecordType) -> None:
    @pages.get("/import")
    @requires(record_type.permission("import"))
    def begin_import() -> Response:
        """Where a file is chosen, with the imports before."""
        return _begin(record_type, _NOTHING)

    @pages.post("/import")
    @requires(record_type.permission("import"))
    @takes_upload(LIMITS.byte_count)
    def upload_import() -> Response:
        """Keep the file and go on to its columns."""

        def work() -> Response:
            file = request.files.get("file")
            if file is None or not file.filename:
                raise RuleViolated(_("Choose a file."), field="file")
            access = access_of_request(record_type)
            import_id = draft_import(db.session(), record_type, access, file.stream, file.filename)
            return redirect_to_path(_url(record_type, import_id))

        return attempt(
            work, lambda refusal, errors: _begin(record_type, errors, refusal.status if refusal else 422)
        )


def _add_mapping(pages: Blueprint, record_type: RecordType) -> None:
    @pages.get("/import/<uuid:import_id>")
    @requires(record_type.permission("import"))
    def show_import(import_id: UUID) -> Response:
        """The import at the step where it stands; `?step=columns` goes back from the preview."""
        access = access_of_request(record_type)
        batch = visible_batch(db.session(), record_type, access, import_id)
        return _step(record_type, access, batch)

    @pages.post("/import/<uuid:import_id>/sheet")
    @requires(record_type.permission("import"))
    def choose_import_sheet(import_id: UUID) -> Response:
        """Read another sheet of the workbook."""
        access = access_of_request(record_type)
        batch = visible_batch(db.session(), record_type, access, import_id, "draft")

        def work() -> Response:
            choose_sheet(db.session(), record_type, access, batch, request.form.get("sheet", ""))
            return redirect_to_path(_url(record_type, import_id))

        return attempt(work, lambda _refusal, errors: _columns(record_type, access, batch, errors, 422))

    @pages.post("/import/<uuid:import_id>/columns")
    @requires(record_type.permission("import"))
    def map_import(import_id: UUID) -> Response:
        """Keep what the columns mean and make the preview."""
        session, access = db.session(), access_of_request(record_type)
        batch = visible_batch(session, record_type, access, import_id, "draft")

        def work() -> Response:
            options = choose(session, record_type, access, batch.options, _wanted(record_type, access, batch))
            check_import(session, import_id, options, access)
            return redirect_to_path(_url(record_type, import_id))

        return attempt(work, lambda _refusal, errors: _columns(record_type, access, batch, errors, 422))


def _add_running(pages: Blueprint, record_type: RecordType) -> None:
    @pages.post("/import/<uuid:import_id>/start")
    @requires(record_type.permission("import"))
    def run_import(import_id: UUID) -> Response:
        """Have it run in the background."""
        access = access_of_request(record_type)
        visible_batch(db.session(), record_type, access, import_id)
        start_import(db.session(), import_id, access)
        return redirect_to_path(_url(record_type, import_id))

    @pages.post("/import/<uuid:import_id>/reversal")
    @requires(record_type.permission("import"))
    def undo_import(import_id: UUID) -> Response:
        """Take all of it back, in the background."""
        visible_batch(db.session(), record_type, access_of_request(record_type), import_id)
        start_undo(db.session(), import_id)
        return redirect_to_path(_url(record_type, import_id))

    @pages.get("/import/<uuid:import_id>/progress")
    @requires(record_type.permission("import"))
    def import_progress(import_id: UUID) -> Response:
        """The bar alone; once nothing goes on any more the browser is sent to the outcome."""
        access = access_of_request(record_type)
        batch = visible_batch(db.session(), record_type, access, import_id)
        if batch.is_busy and is_partial():
            return render("records/import/_progress.html", **_context(record_type, batch))
        response = redirect_to_path(_url(record_type, import_id))
        if is_partial():
            response = make_response("", 204)
            response.headers["HX-Redirect"] = _url(record_type, import_id)
        return response

    @pages.get("/import/<uuid:import_id>/refused.csv")
    @requires(record_type.permission("import"))
    def refused_import(import_id: UUID) -> Response:
        """The refused rows with their reasons, to be mended and imported again."""
        batch = visible_batch(db.session(), record_type, access_of_request(record_type), import_id)
        return refused_file(db.session(), batch)


def _begin(record_type: RecordType, errors: Errors, status: int = 200) -> Response:
    access = access_of_request(record_type)
    batches = list_batches(db.session(), record_type.key, member_id=visible_member(access))
    fields = fields_for(db.session(), record_type, access)
    return render(
        "records/import/begin.html",
        status=status,
        record_type=record_type,
        errors=errors,
        batches=batches,
        fields=fields,
        limits=LIMITS,
    )


def _step(record_type: RecordType, access: RecordAccess, batch: ImportBatch) -> Response:
    context = _context(record_type, batch)
    if batch.is_busy:
        return render("records/import/progress.html", **context)
    if batch.state != "draft":
        counts = counts_of(db.session(), batch.id)
        refused = refused_rows(db.session(), batch.id, limit=20)
        kept = kept_list(db.session(), record_type, access, batch.id)
        return render("records/import/outcome.html", **context, counts=counts, refused=refused, kept=kept)
    if batch.options.preview.get("state") != "done" or request.args.get("step") == "columns":
        return _columns(record_type, access, batch, _NOTHING, 200)
    fields = {item.name: item for item in fields_for(db.session(), record_type, access)}
    filled = dict.fromkeys(item.field for item in batch.options.columns if item.field in fields)
    columns = [fields[name] for name in filled]
    return render("records/import/preview.html", **context, columns=columns, preview=batch.options.preview)


def _columns(
    record_type: RecordType, access: RecordAccess, batch: ImportBatch, errors: Errors, status: int
) -> Response:
    fields = fields_for(db.session(), record_type, access)
    return render(
        "records/import/columns.html",
        status=status,
        **_context(record_type, batch),
        fields=fields,
        chosen={item.at: item for item in _chosen(record_type, fields, batch)},
        errors=errors,
        id_word=ID,
    )


def _chosen(record_type: RecordType, fields: Sequence[Field], batch: ImportBatch) -> tuple[ColumnChoice, ...]:
    """What was chosen; who comes back from making a field finds it at the column that is called so."""
    chosen = batch.options.columns
    if "guess" not in request.args:
        return chosen
    taken = {item.field for item in chosen}
    free = [item for item in fields if item.name not in taken]
    places = {item.at for item in chosen}
    guessed = guess_columns(record_type, free, batch.options.header)
    return (*chosen, *(item for item in guessed if item.at not in places))


def _wanted(record_type: RecordType, access: RecordAccess, batch: ImportBatch) -> dict[str, Any]:
    """What the form says."""
    form = request.form
    columns = [
        {"at": at, "field": name, "mode": form.get(f"mode-{at}", "update")}
        for at in range(len(batch.options.header))
        if (name := form.get(f"field-{at}", ""))
    ]
    fields = fields_for(db.session(), record_type, access)
    defaults = {item.name: form.get(f"default-{item.name}", "").strip() for item in fields}
    return {
        "columns": columns,
        "match": [name for name in form.getlist("match") if name],
        "rows": form.get("rows", "all"),
        "repeated": form.get("repeated", "refuse"),
        "defaults": defaults,
    }


def _context(record_type: RecordType, batch: ImportBatch) -> dict[str, Any]:
    return {"record_type": record_type, "batch": batch, "here": _url(record_type, batch.id)}


def _url(record_type: RecordType, import_id: UUID) -> str:
    return record_type.url("import", str(import_id))
