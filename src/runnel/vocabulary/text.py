"""Text that grows by small pieces and may lose its end again, at a constant cost a piece."""

__all__ = ["GrowingText"]

_PIECES = 512


class GrowingText:
    """Pieces are joined into blocks now and then, so that a million pieces cost little more than their text."""

    __slots__ = ("_blocks", "_pieces", "length")

    def __init__(self, text: str = "") -> None:
        self._blocks: list[str] = []
        self._pieces: list[str] = [text] if text else []
        self.length = len(text)

    def append(self, piece: str) -> None:
        """Go on with `piece`."""
        self._pieces.append(piece)
        self.length += len(piece)
        if len(self._pieces) >= _PIECES:
            self._blocks.append("".join(self._pieces))
            self._pieces.clear()

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
        self.length -= count
        return count

    def __str__(self) -> str:
        self._blocks = ["".join([*self._blocks, *self._pieces])]
        self._pieces.clear()
        return self._blocks[0]
