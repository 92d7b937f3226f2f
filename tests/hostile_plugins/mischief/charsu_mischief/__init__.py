"""A plugin whose hooks do whatever a test tells them."""
