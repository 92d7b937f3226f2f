"""A plugin that wants to be the login page."""

from flask import Blueprint

from charsu.plugins import Manifest, hookimpl
from charsu.web.access import public

manifest = Manifest(name="shadow", title="shadow", summary="For tests.", version="0.1.0", path="login")
blueprint = Blueprint("login", __name__)


@blueprint.get("/")
@public
def show() -> str:
    return "hello"


@hookimpl
def pages():
    return [blueprint]
