"""Chat: a room is a log, a connection is a cursor into it."""
