"""The request's way: from the host name to the tenant, the person, the route, the unit of work and the answer."""
