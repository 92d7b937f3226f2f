"""Whether an idle connection still stands, asked without a round trip."""

import select
from typing import Any

import psycopg


def is_alive(connection: psycopg.Connection[Any]) -> bool:
    """Look at the socket of an idle connection; only when something came unasked is the server asked too."""
    if connection.closed:
        return False
    watched = select.poll()
    watched.register(connection.fileno(), select.POLLIN | select.POLLERR | select.POLLHUP)
    if not watched.poll(0):
        return True
    # The server said good-bye, or it is a mere notice. One round trip tells.
    try:
        connection.execute("SELECT 1")
        if not connection.autocommit:
            connection.rollback()
    except psycopg.Error:
        return False
    return True
