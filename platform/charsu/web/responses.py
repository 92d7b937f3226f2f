"""Answers on their way out."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


#: Headers whose value Werkzeug may have to complete.
_MAYBE_RELATIVE = frozenset({"location", "content-location"})


class PlainResponse(Response):
    """Flask's response, which takes the short way where nothing is left to be worked out.

    That is a body in memory whose length is known, for a GET or a write, without a redirect: there Werkzeug
    would copy the headers, look through them, and wrap the body twice.
    """

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Start the answer and give its body."""
        body = self.response
        sent = self.headers.to_wsgi_list()
        # Looked up in a set: asking the headers raises and catches an exception for each that is not there.
        names = {name.lower() for name, _value in sent}
        is_plain = (
            200 <= self.status_code < 300
            and self.status_code != 204
            and type(body) is list
            and environ["REQUEST_METHOD"] != "HEAD"
            and not self._on_close
            and "content-length" in names
            and names.isdisjoint(_MAYBE_RELATIVE)
        )
        if not is_plain:
            return super().__call__(environ, start_response)
        start_response(self.status, sent)
        return body  # type: ignore[return-value]  # bytes: what has a length was set as data
