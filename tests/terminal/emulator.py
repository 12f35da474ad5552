"""As much of a terminal as `Region` uses: what is on its screen, and above it, once all was written."""

import re

_CODE = re.compile(r"\x1b\[(?P<number>[?\d;]*)(?P<letter>[A-Za-z])|\x1b\]8;[^\x1b]*\x1b\\|(?P<other>.)", re.DOTALL)


def shown(written: str) -> list[str]:
    """The lines that a terminal of endless height shows."""
    lines, row, column = [""], 0, 0
    for match in _CODE.finditer(written):
        letter, other = match["letter"], match["other"]
        if letter == "A":
            row = max(0, row - int(match["number"] or 1))
        elif letter == "K":
            lines[row] = lines[row][:column]
        elif letter == "J":
            lines[row] = lines[row][:column]
            del lines[row + 1 :]
        elif other == "\r":
            column = 0
        elif other == "\n":
            row, column = row + 1, 0
            if row == len(lines):
                lines.append("")
        elif other is not None:
            lines[row] = lines[row][:column].ljust(column) + other + lines[row][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines]
