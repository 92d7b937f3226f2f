"""The two pluggy markers of Charsu: `hookspec` for the core, `hookimpl` for plugins."""

import pluggy

#: Marks a function of a plugin's `plugin.py` as the implementation of the hook of the same name.
hookimpl = pluggy.HookimplMarker("charsu")
#: Marks a specification in `hookspecs.py`; only the core uses it.
hookspec = pluggy.HookspecMarker("charsu")
