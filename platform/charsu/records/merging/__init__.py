"""Duplicates: finding them, making one record of two, and taking that back to the last row."""
