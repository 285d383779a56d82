"""Tried to destruction: what is broken while people talk, and what is lost."""
