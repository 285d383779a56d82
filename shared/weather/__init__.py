"""Weather: look a city up at a source, keep the answer, serve it."""
