"""Text that can be written down."""

__all__ = ["plain_text"]


def plain_text(text: str) -> str:
    """The text, with a question mark for what UTF-8 cannot say: half of a pair of surrogates."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
