"""Time zones to choose from, the likely ones first."""

from zoneinfo import available_timezones

from charsu.text.i18n import _

_LIKELY = ("Asia/Tehran", "Asia/Dubai", "Asia/Kabul", "Europe/Istanbul", "Europe/Berlin", "Europe/London")
_REGIONS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


def zone_choices(current: str) -> list[tuple[str, str]]:
    """`(name, label)` of every zone of a region, the likely ones and the current one first."""
    first = list(dict.fromkeys((current, *_LIKELY)))
    rest = sorted(name for name in available_timezones() if name.startswith(_REGIONS) and name not in first)
    return [(name, _label(name)) for name in (*first, *rest)]


def _label(name: str) -> str:
    if name == "Asia/Tehran":
        return _("Tehran")
    return name.replace("_", " ")
