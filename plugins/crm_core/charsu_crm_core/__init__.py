"""Customers and purchases: the core of the CRM."""
