"""Ports this machine listens on."""

from __future__ import annotations

import errno
import http.client
import socket
from http import HTTPStatus
from typing import NamedTuple

from charsu.server.processes import ServerFault

READY_TIMEOUT_SECONDS = 2.0


class Readyz(NamedTuple):
    """Whether everything is there, and the answer's own words."""

    is_ready: bool
    text: str


def check_port(host: str, port: int) -> None:
    """Make sure the port is free now. Raises: ServerFault, one clear line."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ServerFault(f"port {port} is in use; choose another: make up PORT={port + 1}") from None
        raise ServerFault(f"can not listen on {host}:{port} ({error.strerror})") from None


def ask_ready(host: str, port: int, server_name: str) -> Readyz:
    """What `/readyz` of the web server on this machine answers now."""
    connection = http.client.HTTPConnection(_reachable(host), port, timeout=READY_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/readyz", headers={"Host": f"{server_name}:{port}"})
        answer = connection.getresponse()
        return Readyz(answer.status == HTTPStatus.OK, answer.read().decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException) as error:
        return Readyz(is_ready=False, text=f"the web process does not answer ({error})")
    finally:
        connection.close()


def _reachable(host: str) -> str:
    """An address to ask for what listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - looked up, not bound
