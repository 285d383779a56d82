"""What quart-schema's decorators cannot say: rules of paths, bodiless responses."""

from typing import Any

import quart_schema
from pydantic import TypeAdapter
from quart_schema import DataSource
from werkzeug.routing import Rule
from werkzeug.routing.converters import BaseConverter

from shared.chat.frames import Room
from shared.openapi import NOT_MODIFIED, PROBLEMS
from shared.weather.report import City

PATH_TYPES: dict[str, Any] = {"city": City, "room": Room}


class OpenAPIProvider(quart_schema.OpenAPIProvider):
    """Documents the rules of parameters, what is required, and what goes wrong."""

    def build_path_parameter(
        self, name: str, converter: BaseConverter
    ) -> dict[str, Any]:
        """A path parameter with the schema of its type in the core."""
        parameter = super().build_path_parameter(name, converter)
        parameter["schema"] = TypeAdapter(PATH_TYPES[name]).json_schema()
        return parameter

    def build_querystring_parameters(
        self, model: type[Any]
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Query parameters that say whether they are required."""
        parameters, components = super().build_querystring_parameters(model)
        for parameter in parameters:
            field = model.model_fields[parameter["name"]]
            parameter["required"] = field.is_required()
        return parameters, components

    def build_request_body(
        self, model: type[Any], source: DataSource
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """A body that says that it is required."""
        body, components = super().build_request_body(model, source)
        return {**body, "required": True}, components

    def build_paths(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        """A rule's operations, each with its problems."""
        paths, components = super().build_paths(rule)
        for operations in paths.values():
            for operation in operations.values():
                operation["responses"].update(PROBLEMS)
                if rule.endpoint == "weather.report":
                    operation["responses"].update(NOT_MODIFIED)
        return paths, components
