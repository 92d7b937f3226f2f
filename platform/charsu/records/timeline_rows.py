"""The entries of a timeline as HTML, in plain Python: twenty of them cost Jinja as much as reading them."""

from collections.abc import Callable, Iterable
from datetime import datetime

from markupsafe import Markup

from charsu import clock
from charsu.plugins.pieces import TimelineEntry
from charsu.text.calendar import datetime_writer, format_relative
from charsu.text.preferences import current_preferences
from charsu.ui.html import as_html
from charsu.ui.icons import icon
from charsu.ui.rows import escaped


def draw_entries(entries: Iterable[TimelineEntry]) -> Markup:
    """The `<li>`s of the entries, in their order, for this reader."""
    written, now = datetime_writer(current_preferences()), clock.now()
    return as_html("".join([_row(entry, written, now) for entry in entries]))


def _row(entry: TimelineEntry, written: Callable[[datetime | None], str], now: datetime) -> str:
    title = escaped(entry.title)
    if entry.url:
        title = f'<a href="{escaped(entry.url)}">{title}</a>'
    text = f'<div class="c-lines c-moment-text" dir="auto">{escaped(entry.text)}</div>' if entry.text else ""
    actor = f" · <bdi>{escaped(entry.actor)}</bdi>" if entry.actor else ""
    when = f'title="{escaped(written(entry.at))}">{escaped(format_relative(entry.at, now))}'
    return (
        f'<li class="c-moment">\n  <span class="c-moment-icon">{icon(entry.icon)}</span>\n  <div>\n'
        f'    <div class="c-moment-title">{title}</div>\n{text}'
        f'    <div class="c-soft c-small"><time datetime="{entry.at.isoformat()}" {when}</time>{actor}'
        f" · {escaped(entry.kind_title)}</div>\n  </div>\n</li>\n"
    )
