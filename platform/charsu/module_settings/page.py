"""The page of a module's settings: a form of the kit's inputs, each with its default and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from charsu.db import db
from charsu.errors import Conflict, DomainError, RuleViolated
from charsu.module_settings.changing import Change, change_settings
from charsu.module_settings.containing import broken, faults_noted
from charsu.module_settings.declaration import RESET, VERSION, AnySettings
from charsu.module_settings.reading import Holding, forget_settings
from charsu.module_settings.secret_field import SecretField
from charsu.pages.visit import REFUSALS
from charsu.plugins.setup import Loaded
from charsu.records.access import RecordAccess, access_of_request
from charsu.records.fields import Field, LinkField
from charsu.records.inputs import TYPED, FormState, input_groups
from charsu.records.links import titles
from charsu.records.posting import Posted, read_form
from charsu.records.service import STALE
from charsu.records.texts import readable_text
from charsu.text.digits import to_latin
from charsu.text.i18n import _
from charsu.web.access import current_person, requires
from charsu.web.flashes import flash
from charsu.web.forms import WHOLE_FORM, errors_of
from charsu.web.rendering import redirect_to_path, render

#: Inputs that send nothing when nothing is chosen.
_SILENT = {"flag", "multi_choice"}


def settings_pages(plugin: Loaded) -> Blueprint:
    """The pages at `/settings/modules/<module>`; where the settings can't be used, one that says so."""
    pages = Blueprint(f"core_settings_{plugin.name}", "charsu.module_settings")
    if plugin.settings is None:
        _add_broken(pages)
    else:
        _add_form(pages, plugin, plugin.settings)
    return pages


def writers_access() -> RecordAccess:
    """The bounds of the person of this request for what settings link to."""
    return RecordAccess(
        member_id=current_person().member_id,
        scopes={"read": "all", "write": "all"},
        beside=access_of_request,
    )


def _add_broken(pages: Blueprint) -> None:
    @pages.get("")
    @requires("core.settings.manage")
    def show_settings() -> Response:
        """Say that the settings of this module can not be used."""
        raise broken()


def _add_form(pages: Blueprint, plugin: Loaded, settings: AnySettings) -> None:
    @pages.get("")
    @requires(settings.permission)
    def show_settings() -> Response:
        """The form with what holds."""
        with faults_noted(plugin.name):
            return _Form(plugin, settings).show()

    @pages.post("")
    @requires(settings.permission)
    def post_settings() -> Response:
        """Store what was changed; it holds from the next page on."""
        with faults_noted(plugin.name):
            return _Form(plugin, settings).save()

    @pages.post("/reset")
    @requires(settings.permission)
    def reset_setting() -> Response:
        """Take the default of one setting again; what else was typed stays typed."""
        with faults_noted(plugin.name):
            return _Form(plugin, settings).reset(request.form.get(RESET, ""))


@dataclass(frozen=True, kw_only=True)
class Note:
    """What stands below an input besides its help."""

    #: The default for people to read; empty where there is none.
    default: str
    is_changed: bool
    is_unfit: bool
    is_secret: bool


class _Form:
    """One request for the settings of one module."""

    def __init__(self, plugin: Loaded, settings: AnySettings) -> None:
        self.plugin = plugin
        self.settings = settings
        self.session: Session = db.session()
        self.access = writers_access()
        self.holding: Holding = settings.holding(self.session)

    def show(self, *, values: Mapping[str, Any] | None = None, status: int = 200, **more: Any) -> Response:
        """The page."""
        shown = self.holding.values if values is None else values
        state = FormState(session=self.session, access=self.access, values=shown, **more.pop("state", {}))
        return render(
            "pages/module_settings.html",
            status=status,
            plugin=self.plugin,
            settings=self.settings,
            groups=input_groups(self.settings, self.settings.fields, state),
            notes={item.name: self._note(item) for item in self.settings.fields},
            version=self.holding.version,
            **{"errors": {}, "is_crossed": False, "is_unsaved": False, **more},
        )

    def save(self) -> Response:
        """Store what was posted, or show the form again."""
        posted = self._read()
        if posted.errors:
            return self._again(posted)
        try:
            change = Change(values=posted.values, version=_posted_version())
            change_settings(self.session, self.settings, self.access, change)
        except REFUSALS as refusal:
            return self._again(posted, refusal)
        flash(_("The settings are saved."))
        return redirect_to_path(self.settings.url)

    def reset(self, name: str) -> Response:
        """Take one default again. What was typed besides and is right comes back unsaved."""
        posted, before = self._read() if VERSION in request.form else Posted(), self.holding.values
        try:
            self.holding = change_settings(self.session, self.settings, self.access, Change(reset=[name]))
        except RuleViolated as refusal:
            return self._again(posted, refusal)
        typed = {key: value for key, value in posted.values.items() if key != name and value != before[key]}
        if typed:
            return self.show(values={**self.holding.values, **typed}, is_unsaved=True)
        flash(_("“%(title)s” is back to its default.", title=str(self.settings.by_name[name].title)))
        return redirect_to_path(self.settings.url)

    def _read(self) -> Posted:
        """What was posted; what was not sent, and secrets left empty, stay as they are."""
        asked = [item for item in self.settings.fields if self._is_asked(item)]
        posted = read_form(self.session, self.access, self.settings.kit_fields, asked, request.form)
        for item in asked:
            if item.is_required and not any(one.strip() for one in request.form.getlist(item.name)):
                posted.errors[item.name] = [_("Please fill this in.")]
        return posted

    def _is_asked(self, item: Field) -> bool:
        if isinstance(item, SecretField) and not request.form.get(item.name):
            return item.is_required and not self.holding.values[item.name]
        return _is_sent(item)

    def _again(self, posted: Posted, refusal: DomainError | None = None) -> Response:
        is_crossed = isinstance(refusal, Conflict) and refusal.code == STALE
        if is_crossed:
            forget_settings(self.session)
            self.holding = self.settings.holding(self.session)
        errors = posted.errors or (errors_of(refusal) if refusal is not None and not is_crossed else {})
        if lost := [text for name in errors.keys() - self.settings.by_name.keys() for text in errors[name]]:
            errors = {**errors, WHOLE_FORM: lost}
        now = self._crossed(posted.values) if is_crossed else {}
        return self.show(
            state={"typed": request.form, "candidates": posted.candidates, "now": now},
            errors=errors,
            is_crossed=is_crossed,
            is_unsaved=True,
            status=refusal.status if refusal is not None else 422,
        )

    def _crossed(self, typed: Mapping[str, Any]) -> dict[str, str]:
        """What holds now where something else was typed; of secrets nothing."""
        return {
            name: self._text(item, self.holding.values[name]) or _("empty")
            for name, item in self.settings.by_name.items()
            if name in typed
            and typed[name] != self.holding.values[name]
            and not isinstance(item, SecretField)
        }

    def _note(self, item: Field) -> Note:
        default = item.empty if item.default is None else item.default
        return Note(
            default=self._text(item, default),
            is_changed=item.name in self.holding.changed | self.holding.unfit,
            is_unfit=item.name in self.holding.unfit,
            is_secret=isinstance(item, SecretField),
        )

    def _text(self, item: Field, value: Any) -> str:
        if isinstance(item, LinkField):
            return (
                next(iter(titles(self.session, item.to, [value], self.access).values()), "") if value else ""
            )
        return readable_text(item, value)


def _is_sent(item: Field) -> bool:
    return item.widget in _SILENT or item.name in request.form or item.name + TYPED in request.form


def _posted_version() -> int | None:
    """From which version the posted form was made; a broken one is none that ever was."""
    typed = to_latin(request.form.get(VERSION, "")).strip()
    if not typed:
        return None
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1
