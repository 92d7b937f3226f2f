"""A plugin whose blueprint has the name of one of the core."""
