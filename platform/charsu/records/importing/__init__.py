"""Importing tables into records: mapping, preview, a run in the background, and taking all of it back."""
