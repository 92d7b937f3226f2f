"""The first page of a business: what to do next, and what its modules have to say."""

from flask import Blueprint, Response, g

from charsu import samples
from charsu.db import db
from charsu.errors import Conflict
from charsu.pages.checklist import finish_step, list_steps
from charsu.pages.visit import actor, tenant
from charsu.plugins.context import HookContext
from charsu.plugins.dispatch import call
from charsu.plugins.left_out import titles_of
from charsu.records.pages.today_page import due_card, lacking
from charsu.text.i18n import _
from charsu.web.access import can, requires, signed_in
from charsu.web.flashes import flash
from charsu.web.rendering import page_redirect, render

HIDDEN = "checklist_hidden"

home = Blueprint("home", __name__)


@home.get("/")
@signed_in
def dashboard() -> Response:
    """Checklist, cards of the modules, sample data."""
    ctx = HookContext(tenant=tenant(), session=db.session(), actor=actor(), can=can)
    steps = list_steps(ctx)
    due, has_due = due_card()
    return render(
        "pages/dashboard.html",
        steps=steps,
        done_count=sum(step.is_done for step in steps),
        cards=[answer.value for answer in call("fragments", ctx, slot="dashboard.card", subject=None)],
        due=due,
        has_due=has_due,
        lacks=lacking(),
        has_modules=len(tenant().modules) > 1,
        has_samples=samples.has_samples(db.session()),
    )


@home.post("/checklist/closure")
@requires("core.settings.manage")
def hide_checklist() -> Response:
    """Take the checklist off the dashboard for everybody."""
    finish_step(db.session(), HIDDEN)
    return page_redirect("home.dashboard")


@home.post("/samples")
@requires("core.settings.manage")
def post_samples() -> Response:
    """Fill the modules with sample data."""
    try:
        samples.add_samples(tenant(), actor())
        flash(_("The sample data is in. Look around, and take it out again whenever you like."))
    except Conflict as refusal:
        flash(refusal.message, "info")
    return page_redirect("home.dashboard")


@home.post("/samples/removal")
@requires("core.settings.manage")
def post_sample_removal() -> Response:
    """Take the sample data out; what people entered themselves stays."""
    kept = samples.remove_samples(tenant(), actor())
    g.pop("charsu_shell", None)
    if kept:
        names = _(", ").join(titles_of(kept))
        flash(
            _(
                "The sample data of these modules stays for now, one is out of service: %(names)s.",
                names=names,
            ),
            "danger",
        )
    else:
        flash(_("The sample data is gone. What you entered yourself is still here."))
    return page_redirect("home.dashboard")
