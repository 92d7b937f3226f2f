"""A plugin with a page that declares no access."""

from flask import Blueprint

from charsu.plugins import Manifest, hookimpl

manifest = Manifest(name="opendoor", title="opendoor", summary="For tests.", version="0.1.0", path="opendoor")
blueprint = Blueprint("opendoor", __name__)


@blueprint.get("/")
def show() -> str:
    return "hello"


@hookimpl
def pages():
    return [blueprint]
