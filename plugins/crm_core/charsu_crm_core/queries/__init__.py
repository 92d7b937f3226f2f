"""Reads of the CRM: Core columns into rows, never half-loaded models, each list one statement."""
