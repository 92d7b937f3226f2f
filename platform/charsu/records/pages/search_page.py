"""The search over all modules: its page, and the palette that Ctrl-K opens over any page."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, g, request

from charsu.api.arguments import load
from charsu.api.fields import Text
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.records.record_type import RecordType
from charsu.records.registry import usable_types
from charsu.records.search import MAX_LIMIT, Hit, reach_of_request, search_records, words_of
from charsu.text.folding import fold
from charsu.text.i18n import _, inside
from charsu.ui.shell import current_shell
from charsu.web.access import can, signed_in
from charsu.web.rendering import is_partial, render

#: Lines of the palette: few enough to be read at a glance.
_HITS = 8
_JUMPS = 8

search = Blueprint("search", "charsu.records")


class _Query(Schema):
    q = Text(load_default="", max_length=200)
    kind = Text(load_default="", max_length=100)

    class Meta:
        """A tracker's words in the address are none of ours."""

        unknown = "exclude"


@dataclass(frozen=True)
class Jump:
    """A page one can go to, or something one can begin."""

    title: str
    url: str
    icon: str
    is_action: bool = False


@search.get("/search")
@signed_in
def show_results() -> Response:
    """What was found over all modules, or the field to type in."""
    asked = load(_Query(), request, "query")
    found = _find(asked["q"], MAX_LIMIT)
    counts = Counter(hit.record_type.key for hit in found)
    chosen = asked["kind"] if asked["kind"] in counts else ""
    return render(
        "records/search.html",
        partial="records/_search_hits.html",
        q=asked["q"],
        chosen=chosen,
        kinds=_kinds(found, counts),
        hits=[hit for hit in found if chosen in ("", hit.record_type.key)],
        is_cut=len(found) == MAX_LIMIT,
        is_part=is_partial(),
    )


@search.get("/search/palette")
@signed_in
def show_palette() -> Response:
    """The lines of the palette: records, pages and actions that fit what was typed so far."""
    asked = load(_Query(), request, "query")
    return render(
        "records/_palette.html",
        q=asked["q"],
        hits=_find(asked["q"], _HITS),
        jumps=list_jumps(asked["q"])[:_JUMPS],
    )


def list_jumps(query: str) -> list[Jump]:
    """Actions and pages of this person whose title holds every word; all of them for no words."""
    words = words_of(query)
    return [item for item in _all_jumps() if all(word in fold(item.title) for word in words)]


def _all_jumps() -> Iterable[Jump]:
    for record_type in sorted(usable_types(g.tenant), key=lambda item: item.order):
        is_offered = record_type.order > 0 and "write" in record_type.verbs
        if is_offered and can(record_type.permission("write")):
            title = _("New: %(noun)s", noun=inside(record_type.title))
            yield Jump(title, record_type.url(tail="new"), "plus", is_action=True)
    for group in current_shell().groups:
        for link in group.links:
            yield Jump(link.title, link.url, link.icon)


def _find(query: str, limit: int) -> list[Hit]:
    return search_records(db.session(), reach_of_request(g.tenant), query, limit=limit)


def _kinds(found: Iterable[Hit], counts: Counter[str]) -> list[tuple[RecordType, int]]:
    types: dict[str, Any] = {hit.record_type.key: hit.record_type for hit in found}
    return [(item, counts[key]) for key, item in types.items()]
