"""What a server has beside tools, as values."""

import msgspec

__all__ = ["PromptArgument", "PromptInfo", "ResourceContents", "ResourceInfo"]


class PromptArgument(msgspec.Struct, frozen=True):
    """What a prompt asks for."""

    name: str
    description: str = ""
    required: bool = False


class PromptInfo(msgspec.Struct, frozen=True):
    """A prompt that a server has ready."""

    name: str
    title: str = ""
    description: str = ""
    arguments: tuple[PromptArgument, ...] = ()


class ResourceInfo(msgspec.Struct, frozen=True):
    """A resource that a server lists; `size` in bytes where it says."""

    uri: str
    name: str
    title: str = ""
    description: str = ""
    media_type: str | None = None
    size: int | None = None


class ResourceContents(msgspec.Struct, frozen=True):
    """What was read: `data` is what a document is made of, `name` the last part of the address."""

    uri: str
    data: bytes
    media_type: str | None = None

    @property
    def name(self) -> str:
        """A name to keep it by."""
        return self.uri.rstrip("/").rpartition("/")[2] or self.uri

    @property
    def text(self) -> str:
        """The data as text; what is no UTF-8 is replaced."""
        return self.data.decode("utf-8", "replace")
