"""Why a filter, a sort or a choice of columns is refused; each names the field."""

from charsu.errors import DomainError
from charsu.text.i18n import _


class BadQuery(DomainError):
    """The list can not be narrowed, sorted or shown so (422)."""

    status = 422
    default_code = "bad_query"


def unknown_field(name: str) -> BadQuery:
    """A field that is not there, or that the reader may not see: both answer alike."""
    return BadQuery(_("There is no field “%(name)s”.", name=name[:80]), field=name[:80], code="unknown_field")


def unknown_operator(name: str, operator: str) -> BadQuery:
    """The field can not be asked that."""
    return BadQuery(
        _("“%(name)s” can not be filtered by “%(operator)s”.", name=name[:80], operator=operator[:40]),
        field=name[:80],
        code="unknown_operator",
    )


def bad_value(name: str, message: str = "") -> BadQuery:
    """The value does not fit the field."""
    return BadQuery(message or _("This value is not valid."), field=name[:80], code="bad_value")


def not_sortable(name: str) -> BadQuery:
    """The list can not be put into this order."""
    return BadQuery(
        _("The list can not be sorted by “%(name)s”.", name=name[:80]), field="sort", code="not_sortable"
    )
