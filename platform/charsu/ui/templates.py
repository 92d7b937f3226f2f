"""Templates compiled once per language: what is the same on every page of a language is written into them.

`{{ _("Customers") }}`, `{{ icon("users") }}` and `{{ asset("charsu/app.js") }}` are answered when a template
is compiled and not for each page; they were half of what a page took. It shows nowhere else: a call with
anything but constants, and a name a template gives a meaning of its own, are left alone.
"""

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.utils import LRUCache
from jinja2.visitor import NodeTransformer

from charsu.text.preferences import Preferences, current_preferences

#: Globals whose answer depends on the language alone.
PURE = frozenset({"_", "asset", "icon"})
#: What of the reader's preferences follows from the language.
_OF_LANGUAGE = frozenset({"locale", "is_rtl"})
_KEPT = 1000


class LanguageEnvironment(Environment):
    """Flask's Jinja environment with a compiled form of each template per language."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._by_language: LRUCache = LRUCache(_KEPT)

    def _load_template(self, name: str, globals: MutableMapping[str, Any] | None) -> Template:  # noqa: A002 - Jinja's signature
        """The template as it is in the reader's language, compiled when first asked for."""
        key = current_preferences().locale, name
        template: Template | None = self._by_language.get(key)
        if template is None or globals or (self.auto_reload and not template.is_up_to_date):
            if self.loader is None:
                raise TypeError("no loader for this environment specified")
            template = self._by_language[key] = self.loader.load(self, name, self.make_globals(globals))
        return template

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of a template as they are when it is compiled: a plain dictionary is quicker."""
        return {**self.globals, **(d or {})}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        own = {item.name for item in tree.find_all(nodes.Name) if item.ctx != "load"}
        own |= {item.name for item in tree.find_all(nodes.Macro)}
        _Answering(self, PURE - own).visit(tree)
        tree.set_environment(self)
        return tree


class _Answering(NodeTransformer):
    """Puts answers in place of calls that can only have one."""

    def __init__(self, environment: LanguageEnvironment, names: frozenset[str]) -> None:
        self._globals: MutableMapping[str, Any] = environment.globals
        self._names = names
        self._reader: Preferences = current_preferences()

    def visit_Call(self, node: nodes.Call, *args: Any, **kwargs: Any) -> nodes.Node:  # noqa: N802 - Jinja's way to name visitors
        self.generic_visit(node, *args, **kwargs)
        asked = node.node
        if (
            not isinstance(asked, nodes.Name)
            or asked.name not in self._names
            or asked.name not in self._globals
        ):
            return node
        if node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
            return node
        given = [item.value for item in node.args if isinstance(item, nodes.Const)]
        if len(given) != len(node.args):
            return node
        return nodes.Const(self._globals[asked.name](*given), lineno=node.lineno)

    def visit_Getattr(self, node: nodes.Getattr, *args: Any, **kwargs: Any) -> nodes.Node:  # noqa: N802 - as above
        self.generic_visit(node, *args, **kwargs)
        asked = node.node.node if isinstance(node.node, nodes.Call) else None
        if node.attr in _OF_LANGUAGE and isinstance(asked, nodes.Name) and asked.name == "preferences":
            return nodes.Const(getattr(self._reader, node.attr), lineno=node.lineno)
        return node
