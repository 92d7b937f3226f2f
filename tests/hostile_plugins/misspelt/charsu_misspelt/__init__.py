"""A plugin that implements a hook there is not."""
