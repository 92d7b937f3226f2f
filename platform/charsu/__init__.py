"""Charsu."""
