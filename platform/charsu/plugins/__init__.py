"""What a plugin is made of: its manifest, its hook implementations and the things hooks give and take."""

from charsu.plugins.context import HookContext
from charsu.plugins.manifest import Manifest, Text
from charsu.plugins.markers import hookimpl
from charsu.plugins.pieces import ChecklistStep, Figure, Fragment, NavItem, Permission, TimelineEntry

__all__ = [
    "ChecklistStep",
    "Figure",
    "Fragment",
    "HookContext",
    "Manifest",
    "NavItem",
    "Permission",
    "Text",
    "TimelineEntry",
    "hookimpl",
]
