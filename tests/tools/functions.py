"""Tools that can be imported."""

from runnel.tools import ThreadContext, tool

NOT_ONE = 7


@tool
def everything(count: int) -> int:
    """Count."""
    return count


@tool(permission="ask")
def loud(word: str) -> str:
    """Say it loudly."""
    return word.upper()


def plain(word: str) -> str:
    """Give it back."""
    return word


@tool
def ask_in_thread(question: str, context: ThreadContext) -> str:
    """Ask."""
    return context.ask(question)
