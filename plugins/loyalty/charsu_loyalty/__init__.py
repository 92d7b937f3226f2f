"""The loyalty club: earning rules, and points in a ledger that can be proved right."""
