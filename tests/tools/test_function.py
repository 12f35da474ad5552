"""Functions as tools: what the model sees of them, and how what it gives becomes their arguments."""

import base64
import enum
import functools
from collections.abc import Generator
from dataclasses import dataclass
from types import ModuleType
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from runnel.errors import ToolArgumentsInvalid, ToolInvalid, ToolMissing, ToolUnknown
from runnel.testing.tools import FakeContext
from runnel.tools import MediaPart, StatusLine, Tool, ToolContext, ToolResult, as_tool, collect, execute, resolve, tool

PNG = b"\x89PNG\r\n\x1a\nand so on"


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Place:
    city: str
    zip_code: int = 0


class Person(BaseModel):
    name: str
    places: list[Place] = []


class Size(msgspec.Struct):
    width: int
    height: int = 1


@tool
def everything(
    count: int,
    schema: float = 0.5,
    *,
    color: Color = Color.RED,
    mode: Literal["fast", "slow"] = "fast",
    person: Person | None = None,
    sizes: list[Size] = [],  # noqa: B006
    limited: Annotated[int, Field(ge=1, le=9)] = 1,
    told: Annotated[str, "said here"] = "",
    anything: Any = None,
) -> dict[str, Any]:
    """Take all kinds of things.

    And give them back.

    Args:
        count: how many
        schema (float): a name that
            validators like to have for themselves
    """
    return {"count": count, "schema": schema, "color": color, "person": person, "sizes": sizes, "limited": limited}


@tool(name="shout", permission="ask", timeout=3, retries=2, idempotent=True)
def loud(word: str) -> str:
    """Say it loudly."""
    return word.upper()


def plain(word: str) -> str:
    """Give it back."""
    return word


async def told(given: Any, arguments: Any, *answers: str) -> str:
    found = as_tool(given)
    assert isinstance(found, Tool)
    result = await execute(found, arguments, FakeContext(answers))
    return f"error: {result.text}" if result.error else result.text


def test_the_model_is_told_what_the_docstring_says() -> None:
    properties = everything.parameters["properties"]
    assert everything.description == "Take all kinds of things.\n\nAnd give them back."
    assert properties["count"]["description"] == "how many"
    assert properties["schema"]["description"] == "a name that validators like to have for themselves"
    assert properties["told"]["description"] == "said here"


@pytest.mark.parametrize(
    "doc",
    [
        "Do it.\n\nArgs:\n    a: the first\n    b (str): the second\n",
        "Do it.\n\nParameters\n----------\na : int\n    the first\nb : str\n    the second\n",
        "Do it.\n\n:param a: the first\n:param b: the second\n",
        "Do it.\n\na: the first\nb: the\n  second\n",
        "Do it.\n\n- `a`: the first\n- `b`: the second\n",
    ],
)
def test_parameters_may_be_described_in_any_common_manner(doc: str) -> None:
    def function(a: int, b: str) -> None: ...

    function.__doc__ = doc
    made = tool(function)
    assert made.description == "Do it."
    assert [each["description"] for each in made.parameters["properties"].values()] == ["the first", "the second"]


def test_the_schema_says_types_defaults_and_what_is_required() -> None:
    schema = everything.parameters
    assert schema["required"] == ["count"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["mode"]["enum"] == ["fast", "slow"]
    assert schema["properties"]["limited"]["maximum"] == 9
    assert schema["properties"]["sizes"]["items"]["required"] == ["width"]
    assert msgspec.json.encode(schema)


async def test_what_models_write_is_taken_for_what_it_means() -> None:
    arguments = {
        "count": "3",
        "schema": None,
        "color": "blue",
        "person": '{"name": "Ada", "places": [{"city": "Paris", "zip_code": "75001"}]}',
        "sizes": '[{"width": 2}]',
    }
    assert msgspec.json.decode(await told(everything, arguments)) == {
        "count": 3,
        "schema": 0.5,
        "color": "blue",
        "person": {"name": "Ada", "places": [{"city": "Paris", "zip_code": 75001}]},
        "sizes": [{"width": 2, "height": 1}],
        "limited": 1,
    }


async def test_a_number_is_taken_for_a_text_where_a_text_is_wanted() -> None:
    assert await told(plain, {"word": 7}) == "7"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "count: is missing"),
        ({"count": 1, "colour": "red"}, "colour: there is no such argument; there are: count, schema, color"),
        ({"count": "many"}, "count: Input should be a valid integer"),
        ({"count": 1, "limited": 10}, "limited: Input should be less than or equal to 9, not 10"),
        ({"count": 1, "person": {"name": "Ada", "places": [{}]}}, "person.places.0.city: is missing"),
        ({"count": 1, "sizes": [{"width": "wide"}]}, "sizes.0"),
    ],
)
async def test_wrong_arguments_are_a_result_that_says_what_is_wrong(arguments: dict[str, Any], says: str) -> None:
    assert says in await told(everything, arguments)
    with pytest.raises(ToolArgumentsInvalid):
        everything.check(arguments)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["count", "schema", "color", "person", "sizes", "limited", "x"]), JSON))
def test_any_arguments_are_taken_or_refused_in_words(arguments: dict[str, Any]) -> None:
    try:
        everything.check(arguments)
    except ToolArgumentsInvalid:
        return


def test_the_context_is_given_and_not_in_the_schema() -> None:
    @tool
    async def ask(question: str, context: ToolContext | None = None) -> str:
        assert context is not None
        return await context.ask(question)

    assert list(ask.parameters["properties"]) == ["question"]


async def test_a_question_in_a_thread_waits_for_its_answer() -> None:
    from tests.tools.functions import ask_in_thread

    assert await told(ask_in_thread, {"question": "Sure?"}, "yes") == "yes"


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("text", ToolResult("text")),
        (None, ToolResult()),
        ({"a": Color.RED}, ToolResult('{"a":"red"}')),
        (Place("Oslo"), ToolResult('{"city":"Oslo","zip_code":0}')),
        (Person(name="Ada"), ToolResult('{"name":"Ada","places":[]}')),
        ([Size(1)], ToolResult('[{"width":1,"height":1}]')),
        (object, ToolResult("\"<class 'object'>\"")),
        (PNG, ToolResult(media=(MediaPart("image/png", base64.b64encode(PNG).decode()),))),
        (["See:", PNG], ToolResult("See:", (MediaPart("image/png", base64.b64encode(PNG).decode()),))),
        (b"\xff\xfe\x00", ToolResult(media=(MediaPart("application/octet-stream", "//4A"),))),
        (ToolResult("no", error=True), ToolResult("no", error=True)),
    ],
)
async def test_what_is_returned_becomes_text_and_media(value: Any, result: ToolResult) -> None:
    @tool
    def give() -> Any:
        return value

    assert await execute(give, {}, FakeContext()) == result


async def test_pieces_are_one_result_and_a_returned_value_is_the_whole() -> None:
    @tool
    def pieces(whole: bool) -> Generator[Any, None, ToolResult | None]:
        yield StatusLine("one", 1, 2)
        yield "one, "
        yield {"two": 2}
        if whole:
            return ToolResult("all")
        return None

    assert await told(pieces, {"whole": False}) == 'one, {"two":2}'
    assert await told(pieces, {"whole": True}) == "all"


def test_a_tool_is_still_its_function() -> None:
    assert loud("hey") == "HEY"
    assert loud.__doc__ == "Say it loudly."
    assert (loud.name, loud.permission, loud.timeout, loud.retries, loud.idempotent) == ("shout", "ask", 3, 2, True)


async def test_methods_partials_and_objects_are_tools() -> None:
    class Shop:
        def __init__(self, stock: int) -> None:
            self.stock = stock

        @tool
        def left(self, sold: int) -> int:
            """How many are left."""
            return self.stock - sold

        def __call__(self, word: str) -> str:
            return word * self.stock

    assert await told(Shop(5).left, {"sold": 2}) == "3"
    assert await told(tool(functools.partial(plain, word="fixed")), {}) == "fixed"
    assert await told(tool(Shop(2), name="shop"), {"word": "ha"}) == "haha"


def test_what_cannot_be_a_tool_says_why() -> None:
    wrong: Any
    for wrong, why in [
        (lambda *words: None, "any number of arguments"),
        (7, "not 7"),
        (Place, "is a class"),
    ]:
        with pytest.raises(ToolInvalid, match=why):
            as_tool(wrong)
    with pytest.raises(ToolInvalid, match="have no JSON schema"):
        tool(takes_a_module).parameters.items()
    with pytest.raises(ToolInvalid, match="cannot be read"):
        tool(takes_nothing_known).parameters.items()


def takes_a_module(module: ModuleType) -> None:
    """Something that no model can give."""


def takes_nothing_known(what: "Nothing") -> None:  # type: ignore[name-defined]  # noqa: F821
    """Something that is not there."""


@pytest.mark.parametrize("name", ["everything", "loud", "plain"])
def test_a_reference_leads_back_to_the_tool(name: str) -> None:
    from tests.tools import functions

    given = getattr(functions, name)
    made = as_tool(given)
    assert made.reference == f"tests.tools.functions:{name}"
    found = resolve(made.reference)
    assert isinstance(found, Tool)
    assert found.name == name


def test_what_cannot_be_imported_again_is_an_object() -> None:
    from tests.tools import functions

    assert tool(lambda: None).reference == "object:lambda"
    assert tool(permission="ask")(functions.plain).reference == "object:plain"


@pytest.mark.parametrize(
    "reference",
    ["nothing", "no_such_module:x", "tests.tools.functions:nothing", "tests.tools.functions:NOT_ONE", "a b:c"],
)
def test_an_unknown_reference_is_named(reference: str) -> None:
    with pytest.raises(ToolUnknown, match=reference):
        resolve(reference)


def test_the_reference_of_an_object_asks_for_the_object() -> None:
    with pytest.raises(ToolMissing, match="give it again"):
        resolve("object:lambda")
    with pytest.raises(ToolMissing, match="configured"):
        resolve("mcp:lab")


async def test_two_tools_of_one_name_are_refused() -> None:
    assert list(await collect([loud, plain, "tests.tools.functions:everything"])) == ["shout", "plain", "everything"]
    with pytest.raises(ToolInvalid, match="two tools are called"):
        await collect([plain, tool(plain)])
