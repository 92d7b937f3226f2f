"""People: sign-up, login, sessions, members, roles, invitations, API tokens and lost passwords.

Services of plain values: they know no request and no page. Each opens short control transactions of its
own, and writes its audit entry in the same transaction as the change it records.
"""
