"""Text that grows by small pieces and may lose its end again, at a constant cost a piece."""

__all__ = ["GrowingText"]

# So many pieces, or code points, make a block.
_PIECES = 512
_BLOCK = 4096


class GrowingText:
    """Pieces are joined into blocks now and then, so that a million pieces cost little more than their text. No block
    is joined again: losing the end costs a block at most."""

    __slots__ = ("_blocks", "_pieces", "_waiting", "_whole", "length")

    def __init__(self, text: str = "") -> None:
        self._blocks: list[str] = []
        self._pieces: list[str] = [text] if text else []
        self._waiting = self.length = len(text)
        self._whole: str | None = None

    def append(self, piece: str) -> None:
        """Go on with `piece`."""
        self._pieces.append(piece)
        self.length += len(piece)
        self._waiting += len(piece)
        self._whole = None
        if self._waiting >= _BLOCK or len(self._pieces) >= _PIECES:
            self._blocks.append("".join(self._pieces))
            self._pieces.clear()
            self._waiting = 0

    def take_back(self, count: int) -> int:
        """Lose the last `count` code points, or all there are; returns how many were lost."""
        left = count = min(count, self.length)
        while left:
            parts = self._pieces or self._blocks
            last = parts.pop()
            if len(last) > left:
                parts.append(last[: len(last) - left])
                left = 0
            else:
                left -= len(last)
        if count:
            self.length -= count
            self._waiting = sum(map(len, self._pieces))
            self._whole = None
        return count

    def settle(self) -> None:
        """Nothing more is to come: join all into one, letting go of the blocks on the way, so that a long text is never
        held twice."""
        blocks = [*self._pieces[::-1], *self._blocks[::-1]]
        self._blocks, self._pieces, self._whole = [], [], None
        text = blocks.pop() if blocks else ""
        while blocks:
            text += blocks.pop()  # CPython grows a string that only a local variable holds in its place
        self._blocks = [text] if text else []
        self._waiting = 0
        self._whole = text

    def __str__(self) -> str:
        if self._whole is None:
            self._whole = "".join([*self._blocks, *self._pieces])
        return self._whole
