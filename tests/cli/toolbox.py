"""Small tools, and a model that calls them: written into the folder in which commands run."""

TOOLBOX = '''
import os

from runnel.models.scripted import Pause, Scripted, tool_call, words
from runnel.tools import ToolContext, tool
from runnel.vocabulary.events import ReasoningDelta


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


@tool(permission="ask")
def send(to: str) -> str:
    """Send."""
    return f"sent to {to}"


async def choose(ctx: ToolContext) -> str:
    """Ask."""
    return "they chose " + await ctx.ask("Which colour?")


def long():
    """Goes on until a file says that it is enough."""
    while not os.path.exists("enough"):
        yield "on and "
        yield Pause(0.01)


def script(prompt):
    so_far = prompt.so_far.parts if prompt.so_far is not None else ()
    steered = [part.text for part in so_far if part.kind == "steered"]
    if steered:
        return words(f"I heard {steered[-1]}.")
    results = [part.result for part in so_far if part.kind == "tool"]
    if results:
        return words(f"It says: {results[-1]}.")
    if "send" in prompt.question:
        return [*words("I will."), tool_call("send", to="anna")]
    if "choose" in prompt.question:
        return [tool_call("choose")]
    if "add" in prompt.question:
        return [ReasoningDelta(text="Two numbers."), tool_call("add", a=1, b=2)]
    if "long" in prompt.question:
        return long()
    return words(f"You said {prompt.question}.")


Model = Scripted(answers=script, name="toolbox")
'''
TOOLS = ("-m", "toolbox:Model", "-t", "toolbox:add", "-t", "toolbox:send", "-t", "toolbox:choose")
