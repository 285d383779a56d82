"""Memory of a serving process that bad clients do their worst to: `make memory`."""
