"""Fixtures for tests of Charsu and of its plugins."""
