"""Makes the demo business on the first start: `python -m charsu.server.seeding`, run by `charsu up`."""

from __future__ import annotations

from charsu.demo import seed_demo
from charsu.logs import configure_logging
from charsu.runtime import start_runtime
from charsu.server.welcome import Demo, remember_demo
from charsu.settings import load_settings


def main() -> None:
    """Seed and remember the login; killed half-way, the next start does it again."""
    configure_logging("demo", "plain")
    settings = load_settings()
    runtime = start_runtime(settings)
    try:
        login = seed_demo(runtime)
        remember_demo(settings, Demo(url=login.url, email=login.email, password=login.password))
    finally:
        runtime.database.close()


if __name__ == "__main__":
    main()
