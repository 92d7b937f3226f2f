"""What a browser would send of a form: the values its controls have."""

from html.parser import HTMLParser


class FormValues(HTMLParser):
    """The names and values of every control of a page's forms that post."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._is_posted = False
        self._select = self._textarea = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name = found.get("name", "")
        if tag == "form":
            self._is_posted = found.get("method", "").lower() == "post"
        elif tag == "select":
            self._select = name
        elif tag == "textarea" and self._is_posted:
            self._textarea = name
            self.values.setdefault(name, []).append("")
        elif tag == "option" and self._select and "selected" in found:
            self._take(self._select, found.get("value", ""))
        elif (
            tag == "input" and name and (found.get("type") not in {"checkbox", "radio"} or "checked" in found)
        ):
            self._take(name, found.get("value", "on"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.values[self._textarea][-1] += data

    def _take(self, name: str, value: str) -> None:
        if self._is_posted:
            self.values.setdefault(name, []).append(value)


def _is_set(attributes: dict[str, str]) -> bool:
    return attributes.get("type") not in {"checkbox", "radio"} or "checked" in attributes
