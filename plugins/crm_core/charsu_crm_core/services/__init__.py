"""What may be done in the CRM: the only code that writes its tables.

Services of records (`CustomerService` and its like) are called by the record kit; the other modules hold use
cases of their own. All work in the caller's transaction: they flush, never commit, and emit their events
there.
"""
