"""Quart as its documentation shows it (quart.palletsprojects.com)."""
