"""Checks of paths and queries."""

from typing import Annotated

import pytest
from pydantic import Field, StringConstraints

from shared.errors import InvalidInput
from shared.validation import QueryModel, checked, checked_query

Code = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]


class Search(QueryModel):
    """A query with a list and a value."""

    city: list[str] = Field(min_length=1)
    limit: int = 5


def test_of_a_key_given_twice_the_last_counts() -> None:
    """The frameworks differ; ours does not."""
    query = checked_query(Search, {"city": ["paris"], "limit": ["1", "2"]})
    assert query.limit == 2


def test_a_list_takes_all_of_its_values() -> None:
    """In their order."""
    query = checked_query(Search, {"city": ["paris", "tokyo"]})
    assert query == Search(city=["paris", "tokyo"], limit=5)


def test_a_list_of_one_may_come_as_one() -> None:
    """As a framework hands over a key that was given once."""
    assert Search.model_validate({"city": "paris", "limit": "7"}) == Search(
        city=["paris"], limit=7
    )


def test_unknown_keys_do_no_harm() -> None:
    """Links get tracking parameters tacked on."""
    query = checked_query(Search, {"city": ["paris"], "utm": ["a", "b"]})
    assert query.city == ["paris"]


def test_a_bad_query_names_its_places() -> None:
    """Each under `query`."""
    with pytest.raises(InvalidInput) as caught:
        checked_query(Search, {"limit": ["1", "many"]})
    assert caught.value.errors
    places = [error.place for error in caught.value.errors]
    assert places == ["query.city", "query.limit"]


def test_a_value_is_checked_by_its_type() -> None:
    """And comes back as that type makes it."""
    assert checked(Code, "FR", "path", "country") == "FR"
    assert checked(int, "7", "path", "n") == 7


def test_a_bad_value_names_its_place() -> None:
    """Where the caller says it stood."""
    with pytest.raises(InvalidInput) as caught:
        checked(Code, "france", "path", "country")
    (error,) = caught.value.errors or []
    assert error.place == "path.country"
    assert "String should match pattern" in error.reason
