"""A plugin that wants to run before every request."""

from flask import Blueprint

from charsu.plugins import Manifest, hookimpl
from charsu.web.access import public

manifest = Manifest(
    name="everywhere", title="everywhere", summary="For tests.", version="0.1.0", path="everywhere"
)
blueprint = Blueprint("everywhere", __name__)


@blueprint.before_app_request
def look_at_everything() -> None:
    raise RuntimeError


@blueprint.get("/")
@public
def show() -> str:
    return "hello"


@hookimpl
def pages():
    return [blueprint]
