"""Checks of what comes by path and query, with the errors that a client is told."""

from functools import lru_cache
from typing import Any, TypeVar, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError, model_validator

from shared.errors import InvalidInput

_Model = TypeVar("_Model", bound=BaseModel)


class QueryModel(BaseModel):
    """A query string: of a key given twice the last counts, but for lists."""

    @model_validator(mode="before")
    @classmethod
    def _last_or_all(cls, given: Any) -> Any:
        return {key: cls._pick(key, value) for key, value in dict(given).items()}

    @classmethod
    def _pick(cls, key: str, value: Any) -> Any:
        field = cls.model_fields.get(key)
        if field is not None and get_origin(field.annotation) is list:
            return value if isinstance(value, list) else [value]
        return value[-1] if isinstance(value, list) else value


def checked(kind: Any, value: str, *place: str) -> Any:
    """`value` as the annotated type `kind`. Raises InvalidInput, naming the place."""
    try:
        return _adapter(kind).validate_python(value)
    except ValidationError as error:
        raise InvalidInput.of(error.errors(), *place) from error


def checked_query(model: type[_Model], given: dict[str, list[str]]) -> _Model:
    """A query model from all values of each key. Raises InvalidInput."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise InvalidInput.of(error.errors(), "query") from error


@lru_cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
