"""What a plugin is made of: its manifest, its hook implementations and the things hooks give and take."""

from charsu.plugins.context import HookContext
from charsu.plugins.manifest import Manifest, Text
from charsu.plugins.markers import hookimpl
from charsu.plugins.pieces import ChecklistStep, Fragment, NavItem, Permission

__all__ = [
    "ChecklistStep",
    "Fragment",
    "HookContext",
    "Manifest",
    "NavItem",
    "Permission",
    "Text",
    "hookimpl",
]
