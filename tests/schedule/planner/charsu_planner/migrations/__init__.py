"""Tables of the planner."""
