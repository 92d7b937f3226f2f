"""The page of pipelines: how a business sells, stage by stage."""

import uuid

import marshmallow as ma
from flask import Response

from charsu.api import Schema
from charsu.db import db
from charsu.errors import DomainError
from charsu.records import service_of
from charsu.records.access import access_of_request
from charsu.records.changes import changing
from charsu.text.i18n import _
from charsu.web.access import requires
from charsu.web.flashes import flash
from charsu.web.forms import parse_form
from charsu.web.rendering import page_redirect, render
from charsu_crm_core import choices
from charsu_crm_core.queries.pipelines import deal_counts, list_pipelines, list_stages, neighbour
from charsu_crm_core.records import PIPELINE, STAGE
from charsu_crm_core.views.blueprint import crm


class MoveForm(Schema):
    """Which way a stage goes."""

    way = ma.fields.String(required=True, validate=ma.validate.OneOf(("up", "down")))


@crm.get("/setup/pipelines")
@requires(PIPELINE.permission("read"))
def show_pipelines() -> Response:
    """Every pipeline with its stages, their rules, and how many deals stand there."""
    session = db.session()
    stages = list_stages(session)
    return render(
        "crm/pipelines.html",
        pipelines=[
            (pipeline, [stage for stage in stages if stage.pipeline_id == pipeline.id])
            for pipeline in list_pipelines(session)
        ],
        counts=deal_counts(session),
        required_title=choices.REQUIRED_TITLES,
        state_title=choices.STATE_TITLES,
        state_tone=choices.STATE_TONES,
    )


@crm.post("/setup/stages/<uuid:stage_id>/place")
@requires(STAGE.permission("write"))
def place_stage(stage_id: uuid.UUID) -> Response:
    """Let a stage change places with the one before or behind it."""
    session, access = db.session(), access_of_request(STAGE)
    service = service_of(STAGE, session, access)
    stage = service.locked(stage_id)
    form, errors = parse_form(MoveForm)
    other = None if errors else neighbour(session, stage, is_before=form["way"] == "up")
    if other is not None:
        with changing("page"):
            here, there = stage.position, other.position
            service.update(other.id, {"position": here})
            service.update(stage.id, {"position": there if there != here else here + 1})
    return page_redirect("crm.show_pipelines")


@crm.post("/setup/stages/<uuid:stage_id>/removal")
@requires(STAGE.permission("delete"))
def remove_stage(stage_id: uuid.UUID) -> Response:
    """Put a stage into the bin, unless deals stand there."""
    service = service_of(STAGE, db.session(), access_of_request(STAGE))
    service.locked(stage_id, "delete")
    try:
        with changing("page"):
            service.delete(stage_id)
    except DomainError as refusal:
        flash(refusal.message, "danger")
    else:
        flash(_("The stage was taken away."))
    return page_redirect("crm.show_pipelines")
