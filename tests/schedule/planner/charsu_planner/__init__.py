"""Meetings, for tests."""
