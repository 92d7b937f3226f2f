"""Shapes of the forms on the core's pages."""

import marshmallow as ma

from charsu.api.fields import EmailField, Text
from charsu.api.schemas import Schema
from charsu.people.passwords import MAX_LENGTH
from charsu.text.fields import TypedDate
from charsu.text.i18n import lazy
from charsu.text.preferences import LOCALES
from charsu.ui.theme import THEMES


class Password(ma.fields.String):
    """A password exactly as typed; never trimmed."""

    default_error_messages = {"required": lazy("Please fill this in.")}  # noqa: RUF012 - marshmallow's protocol

    def __init__(self) -> None:
        super().__init__(required=True, validate=ma.validate.Length(min=1, max=MAX_LENGTH))


class DisplayForm(Schema):
    """The switches of language and theme."""

    next = Text(max_length=2000, load_default="/")
    lang = Text(validate=ma.validate.OneOf(LOCALES))
    theme = Text(validate=ma.validate.OneOf(THEMES))


class SignUpPage(Schema):
    """The sign-up form; an empty address is made from the name."""

    business_name = Text(required=True, max_length=100)
    slug = Text(max_length=60, load_default="")
    suggested = Text(max_length=60, load_default="")
    owner_name = Text(max_length=100, load_default="")
    email = EmailField(required=True)
    password = Password()
    modules = ma.fields.List(Text(max_length=60), load_default=list)


class LoginForm(Schema):
    """Address and password."""

    email = EmailField(required=True)
    password = Password()
    next = Text(max_length=2000, load_default="/")


class BusinessChoice(Schema):
    """Which of one's businesses to go to after a login on the bare host."""

    chooser = Text(required=True, max_length=200)
    slug = Text(required=True, max_length=60)


class ResetRequest(Schema):
    """Where to send the link for a new password."""

    email = EmailField(required=True)


class NewPassword(Schema):
    """A new password by link."""

    password = Password()


class JoinForm(Schema):
    """What an invited person fills in."""

    email = EmailField(required=True)
    name = Text(max_length=100, load_default="")
    password = Password()


class InvitationForm(Schema):
    """A role, and an address when the link is to be mailed."""

    role = Text(required=True, max_length=40)
    email = EmailField(load_default=None, allow_none=True)


class RoleChoice(Schema):
    """The role a member is to have."""

    role = Text(required=True, max_length=40)


class RoleForm(Schema):
    """A role of the business's own."""

    title = Text(required=True, max_length=60)
    permissions = ma.fields.List(Text(max_length=120), load_default=list)
    #: Rules about fields that are not open: `crm.customer/phone:none`.
    field_rules = ma.fields.List(Text(max_length=250), load_default=list)


class PurgeForm(Schema):
    """The name of the module whose data is to go, typed once more."""

    title = Text(load_default="", max_length=200)


class NewTeamForm(Schema):
    """A new team, branch or dealer."""

    name = Text(required=True, max_length=100)
    kind = Text(load_default="team", max_length=20)


class TeamForm(NewTeamForm):
    """A team and who is in it."""

    members = ma.fields.List(ma.fields.UUID(), load_default=list)


class TokenForm(Schema):
    """A new API token; no scope chosen means whatever its owner may."""

    title = Text(required=True, max_length=80)
    scopes = ma.fields.List(Text(max_length=120), load_default=list)
    reach = Text(load_default="all", validate=ma.validate.OneOf(["all", "some"]))
    expires_on = TypedDate(load_default=None, allow_none=True)


class SettingsForm(Schema):
    """How the business is called and how it reads dates and money."""

    name = Text(required=True, max_length=100)
    locale = Text(required=True, max_length=2)
    calendar = Text(required=True, max_length=20)
    currency = Text(max_length=3)
    money_display = Text(required=True, max_length=10)
    timezone = Text(required=True, max_length=60)


class ProfileForm(Schema):
    """One's own name and language."""

    name = Text(required=True, max_length=100)
    locale = Text(required=True, validate=ma.validate.OneOf(LOCALES))


class PasswordForm(Schema):
    """The password there is and the one to come."""

    current = Password()
    new = Password()
