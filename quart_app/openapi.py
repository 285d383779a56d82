"""What quart-schema cannot be told by decorators: path rules and the problem body."""

from typing import Any

import quart_schema
from pydantic import TypeAdapter
from werkzeug.routing import Rule
from werkzeug.routing.converters import BaseConverter

from shared.chat.frames import Room
from shared.openapi import PROBLEMS
from shared.weather.report import City

PATH_TYPES: dict[str, Any] = {"city": City, "room": Room}


class OpenAPIProvider(quart_schema.OpenAPIProvider):
    """Documents the rules that path parameters are checked by, and what goes wrong."""

    def build_path_parameter(
        self, name: str, converter: BaseConverter
    ) -> dict[str, Any]:
        """A path parameter with the schema of its type in the core."""
        parameter = super().build_path_parameter(name, converter)
        if name in PATH_TYPES:
            parameter["schema"] = TypeAdapter(PATH_TYPES[name]).json_schema()
        return parameter

    def build_paths(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        """A rule's operations, each with the problem as its default response."""
        paths, components = super().build_paths(rule)
        for operations in paths.values():
            for operation in operations.values():
                operation["responses"].update(PROBLEMS)
        return paths, components
