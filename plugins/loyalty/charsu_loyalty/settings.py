"""What a business decides about its club besides the earning rule."""

from dataclasses import dataclass

from charsu.module_settings import ModuleSettings
from charsu.records import NumberField
from charsu.text.i18n import lazy


@dataclass(frozen=True, kw_only=True)
class ClubSettings:
    """The settings of the club as its code reads them."""

    soon_days: int
    gift_most: int | None


SETTINGS = ModuleSettings(
    module="loyalty",
    values=ClubSettings,
    summary=lazy("What stands on the pages of the club, and how far your team may go."),
    fields=(
        NumberField(
            name="soon_days",
            title=lazy("Points end soon within (days)"),
            help=lazy("So far ahead the list of members tells whose points end."),
            minimum=1,
            maximum=365,
            default=30,
            is_required=True,
        ),
        NumberField(
            name="gift_most",
            title=lazy("Most points given by hand at once"),
            help=lazy("Leave it empty for no limit."),
            minimum=1,
        ),
    ),
)
