"""Says what the core says in words of its own: in code, in names and in templates."""

from collections.abc import Iterable

from flask import Blueprint

from charsu.plugins import Manifest, hookimpl
from charsu.text.i18n import _, lazy, ngettext, plazy
from charsu.web.access import signed_in
from charsu.web.rendering import render

manifest = Manifest(
    name="mouthy", title=lazy("Settings"), summary=lazy("Talks."), version="0.1.0", path="mouthy"
)
PHONE = plazy("device", "Phone")
mouthy = Blueprint("mouthy", __name__, template_folder="templates")


@mouthy.get("/words")
@signed_in
def show_words() -> object:
    """All ways to say something."""
    said = [_("Settings"), str(manifest.title), str(PHONE), ngettext("%(num)s day", "%(num)s days", 2)]
    return render("mouthy/words.html", said=said, name="x")


@hookimpl
def pages() -> Iterable[Blueprint]:
    """One page."""
    return [mouthy]
