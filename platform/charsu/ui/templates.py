"""Templates compiled once per language: what is the same on every page of a language is written into them.

`{{ _("Customers") }}`, `{{ icon("users") }}` and `{{ asset("charsu/app.js") }}` are answered when a template
is compiled and not for each page; they were half of what a page took. It shows nowhere else: a call with
anything but constants, and a name a template gives a meaning of its own, are left alone.

Here it is also decided in whose words a template speaks: those of the package it lies in.
"""

import os
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.utils import LRUCache
from jinja2.visitor import NodeTransformer

from charsu.text.i18n import find_package_folder, texts_of
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
        #: By folder of a package: what its functions for texts are called.
        self._own_texts: dict[str, dict[str, str]] = {}

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
        _Answering(self, PURE - own, self._texts_for(filename, own)).visit(tree)
        tree.set_environment(self)
        return tree

    def name_texts(self, packages: Iterable[str]) -> None:
        """Give the templates of each package functions of their own for texts, as globals."""
        for package in packages:
            folder = find_package_folder(package)
            if folder is not None:
                texts = texts_of(package)
                named = {name: f"{name}_of_{package}" for name in texts}
                self.globals.update({named[name]: function for name, function in texts.items()})
                self._own_texts[str(folder) + os.sep] = named

    def _texts_for(self, filename: str | None, own: set[str]) -> Mapping[str, str]:
        """What the functions for texts are called in the package this file lies in; nothing for the core."""
        found = [texts for folder, texts in self._own_texts.items() if (filename or "").startswith(folder)]
        return {name: of_package for name, of_package in (found or [{}])[0].items() if name not in own}


class _Answering(NodeTransformer):
    """Puts answers in place of calls that can only have one."""

    def __init__(
        self, environment: LanguageEnvironment, names: frozenset[str], texts: Mapping[str, str]
    ) -> None:
        self._globals: MutableMapping[str, Any] = environment.globals
        self._names = names
        self._texts = texts
        self._reader: Preferences = current_preferences()

    def visit_Call(self, node: nodes.Call, *args: Any, **kwargs: Any) -> nodes.Node:  # noqa: N802 - Jinja's way to name visitors
        self.generic_visit(node, *args, **kwargs)
        asked = node.node
        if (
            not isinstance(asked, nodes.Name)
            or asked.name not in self._names
            or asked.name not in self._globals
        ):
            return self._in_own_words(node)
        if node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
            return self._in_own_words(node)
        given = [item.value for item in node.args if isinstance(item, nodes.Const)]
        if len(given) != len(node.args):
            return self._in_own_words(node)
        answer = self._globals[self._texts.get(asked.name, asked.name)]
        return nodes.Const(answer(*given), lineno=node.lineno)

    def _in_own_words(self, node: nodes.Call) -> nodes.Call:
        """The call, of the package's own function where it asks for a text."""
        if isinstance(node.node, nodes.Name) and node.node.name in self._texts:
            node.node = nodes.Name(self._texts[node.node.name], "load", lineno=node.lineno)
        return node

    def visit_Getattr(self, node: nodes.Getattr, *args: Any, **kwargs: Any) -> nodes.Node:  # noqa: N802 - as above
        self.generic_visit(node, *args, **kwargs)
        asked = node.node.node if isinstance(node.node, nodes.Call) else None
        if node.attr in _OF_LANGUAGE and isinstance(asked, nodes.Name) and asked.name == "preferences":
            return nodes.Const(getattr(self._reader, node.attr), lineno=node.lineno)
        return node
