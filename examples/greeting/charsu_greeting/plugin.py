"""A greeting on the dashboard, in the words of each business: settings, and a hook that reads them."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from charsu.module_settings import ModuleSettings
from charsu.plugins import Fragment, HookContext, Manifest, hookimpl
from charsu.records import FlagField, TextField

manifest = Manifest(
    name="greeting", title="Greeting", summary="Says good morning.", version="0.1.0", path="greeting"
)


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """The settings as code reads them."""

    words: str
    is_shown: bool


FORM = (
    TextField(name="words", title="Greeting", max_length=80, default="Good morning!", is_required=True),
    FlagField(name="is_shown", title="On the dashboard", default=True),
)
SETTINGS = ModuleSettings(module="greeting", values=Wishes, fields=FORM)


@hookimpl
def settings() -> ModuleSettings[Wishes]:
    """Let each business choose its words."""
    return SETTINGS


@hookimpl
def fragments(ctx: HookContext, slot: str) -> Iterator[Fragment]:
    """Say them on the dashboard."""
    if slot == "dashboard.card" and (wishes := SETTINGS.of(ctx.session)).is_shown:
        yield Fragment(title="Greeting", html=Markup("<p>{}</p>").format(wishes.words))
