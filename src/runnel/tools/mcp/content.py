"""What a server sends, as what Runnel has: results, parts of messages, contents of resources."""

import base64
import binascii
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...errors import ToolError
from ...vocabulary.failures import ErrorValue
from ...vocabulary.messages import MediaPart, TextPart
from ..base import ToolResult
from ..results import as_json
from .values import ResourceContents

if TYPE_CHECKING:
    import mcp_types as types

__all__ = ["contents_of", "part_of", "result_of_call"]


def result_of_call(result: "types.CallToolResult", tool: str) -> ToolResult:
    """The result of a call. Structured content counts where nothing else was said: servers are to say it as text
    too."""
    parts = [part_of(block) for block in result.content]
    text = "\n".join([part.text for part in parts if isinstance(part, TextPart)])
    media = tuple(part for part in parts if isinstance(part, MediaPart))
    if not parts and result.structured_content is not None:
        text = as_json(result.structured_content)
    if not result.is_error:
        return ToolResult(text, media)
    text = text or f"{tool} failed without saying why."
    return ToolResult(text, media, error=True, failure=ErrorValue.of(ToolError(text, tool=tool)))


def part_of(block: "types.ContentBlock") -> TextPart | MediaPart:
    """A block of content: text, an image or a sound, a resource or a link to one."""
    if block.type == "text":
        return TextPart(block.text)
    if block.type == "image" or block.type == "audio":
        return MediaPart(block.mime_type, block.data)
    if block.type == "resource_link":
        about = [block.title or block.name, block.description, block.mime_type]
        return TextPart(" – ".join([block.uri, *filter(None, about)]))
    resource = block.resource
    if hasattr(resource, "text"):
        return TextPart(f"{resource.uri}:\n{resource.text}")
    return MediaPart(resource.mime_type or "application/octet-stream", resource.blob)


def contents_of(
    contents: "Iterable[types.TextResourceContents | types.BlobResourceContents]",
) -> tuple[ResourceContents, ...]:
    """What a resource holds. Raises ToolError where it cannot be decoded."""
    found = []
    for one in contents:
        if hasattr(one, "text"):
            data, media_type = one.text.encode("utf-8", "replace"), one.mime_type or "text/plain"
        else:
            try:
                data, media_type = base64.b64decode(one.blob), one.mime_type or "application/octet-stream"
            except binascii.Error as error:
                raise ToolError(f"{one.uri} is not what it says: {error}") from None
        found.append(ResourceContents(one.uri, data, media_type))
    return tuple(found)
