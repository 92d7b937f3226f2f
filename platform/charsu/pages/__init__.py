"""The core's own pages: the public site, the door of a business, and what its people manage there."""
