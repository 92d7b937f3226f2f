"""The way of a request: host name, tenant, person, route, unit of work, answer."""
