"""A plugin that asks for a permission nobody declares."""

from flask import Blueprint

from charsu.plugins import Manifest, hookimpl
from charsu.web.access import requires

manifest = Manifest(
    name="askstoomuch", title="askstoomuch", summary="For tests.", version="0.1.0", path="askstoomuch"
)
blueprint = Blueprint("askstoomuch", __name__)


@blueprint.get("/")
@requires("core.everything.do")
def show() -> str:
    return "hello"


@hookimpl
def pages():
    return [blueprint]
