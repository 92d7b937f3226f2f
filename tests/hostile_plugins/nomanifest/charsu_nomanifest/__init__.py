"""A plugin that forgot its manifest."""
