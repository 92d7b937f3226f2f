"""A plugin whose permissions are strings."""
