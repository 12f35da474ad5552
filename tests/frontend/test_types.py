"""The front end's types are what Python's structs say."""

from tests.frontend.types import PLACE, types


def test_the_front_ends_types_are_made_of_pythons_structs() -> None:
    assert PLACE.read_text(encoding="utf-8") == types(), "run `python -m tests.frontend.types`"
