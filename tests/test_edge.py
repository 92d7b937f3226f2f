"""The edge: hosts, headers, origins, sessions, errors. Everything on the real application and database."""

from charsu.testing.clients import HostClient, People
from charsu_tenants.context import Tenant


def test_unknown_host_is_404(people: People) -> None:
    stranger = HostClient(people.application, "http://nobody.charsu.localhost:8000", {})

    assert stranger.get("/").status_code == 404
    assert stranger.get("/api/openapi.json").status_code == 404


def test_anonymous_api_call_is_401_problem(anonymous: HostClient) -> None:
    response = anonymous.get("/api/v1/probe")

    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"
