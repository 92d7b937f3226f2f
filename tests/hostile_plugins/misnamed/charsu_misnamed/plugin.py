"""A plugin whose blueprint has the name of one of the core."""

from flask import Blueprint

from charsu.plugins import Manifest, hookimpl
from charsu.web.access import public

manifest = Manifest(name="misnamed", title="misnamed", summary="For tests.", version="0.1.0", path="misnamed")
blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@public
def show() -> str:
    return "hello"


@hookimpl
def pages():
    return [blueprint]
