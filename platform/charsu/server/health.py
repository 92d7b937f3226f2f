"""`/healthz`, `/readyz` and `/metrics`, on every host, for monitors and the supervisor."""

from __future__ import annotations

import ipaddress
import os

from flask import Blueprint, Response, abort, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from charsu.process import Runtime
from charsu.server.readiness import Readiness


def health_blueprint(runtime: Runtime) -> Blueprint:
    """The blueprint `health`: its three routes need no tenant and no person."""
    blueprint = Blueprint("health", __name__)
    readiness = Readiness(runtime)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        """Alive: the process answers; asks nothing else, so that a dead database restarts no web process."""
        return jsonify(status="ok")

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        """Ready to serve: 200 when every part is there, else 503; details only for this machine."""
        parts = readiness.parts()
        is_ready = all(part.is_ok for part in parts)
        shown = {
            part.name: {"ok": part.is_ok, **({"detail": part.detail} if part.detail and _is_near() else {})}
            for part in parts
        }
        return jsonify(status="ok" if is_ready else "unavailable", parts=shown), 200 if is_ready else 503

    @blueprint.get("/metrics")
    def metrics() -> Response:
        """Prometheus text of all web processes together; 404 for callers from another machine."""
        if not _is_near():
            abort(404)
        return Response(_process_metrics() + _database_metrics(runtime), content_type=CONTENT_TYPE_LATEST)

    return blueprint


def _is_near() -> bool:
    """Whether the caller is on this machine itself, not behind a proxy that is."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _process_metrics() -> bytes:
    """The metrics of all web processes, or of this one where it is the only one."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # the library has no annotations here
    return generate_latest(registry)


def _database_metrics(runtime: Runtime) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Deliveries(runtime))
    return generate_latest(registry)


class _Deliveries(Collector):
    """How much work waits, and how much has given up, asked of the bus when someone looks."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def collect(self) -> list[Metric]:
        family = GaugeMetricFamily("charsu_deliveries", "Reactions and jobs not done yet.", labels=["state"])
        with self._runtime.database.control_autocommit() as connection:
            for row in connection.execute(
                "SELECT state, count(*) AS number FROM bus.delivery GROUP BY state"
            ):
                family.add_metric([row["state"]], row["number"])
        return [family]
