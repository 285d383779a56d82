"""A wall clock that jumps, for the processes that have this folder on their path."""
