"""Bulk edits: one change of many records, seen before, done in the background, taken back at a wish."""
