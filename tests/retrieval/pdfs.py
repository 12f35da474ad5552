"""PDF files, written by hand, so that each test says what is in its own."""

from collections.abc import Sequence

__all__ = ["encrypted_pdf", "image_pdf", "pdf"]

_FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
_PICTURE = b"q 100 0 0 100 72 600 cm BI /W 2 /H 2 /CS /G /BPC 8 ID \x00\xff\xff\x00 EI Q"


def pdf(
    pages: Sequence[str], title: str | None = None, outline: Sequence[tuple[str, int]] = (), trailer: str = ""
) -> bytes:
    """A PDF with a page for each of `pages`, whose lines are its lines; `outline` has words and pages, from 0."""
    return _written([_lines(page) for page in pages], title, outline, trailer)


def image_pdf(pages: int = 1) -> bytes:
    """A PDF whose pages are pictures."""
    return _written([_PICTURE] * pages, None, (), "")


def encrypted_pdf() -> bytes:
    """A PDF that asks for a password."""
    key = "41" * 32
    encrypt = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{key}> /U <{key}> /P -4 >> /ID [<{key}> <{key}>]"
    return pdf(["The lighthouse was built in 1887."], trailer=encrypt)


def _lines(page: str) -> bytes:
    shown = " ".join(f"({line}) Tj T*" for line in page.split("\n"))
    return f"BT /F1 12 Tf 72 720 Td 16 TL {shown} ET".encode("latin-1")


def _written(contents: Sequence[bytes], title: str | None, outline: Sequence[tuple[str, int]], trailer: str) -> bytes:
    count = len(contents)
    first_page, first_entry = 5, 5 + 2 * count
    kids = " ".join(f"{first_page + 2 * place} 0 R" for place in range(count))
    outlines = f"/Outlines {first_entry} 0 R" if outline else ""
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {outlines} >>".encode(),
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        _FONT.encode(),
        f"<< /Title ({title or ''}) >>".encode("latin-1"),
    ]
    for place, content in enumerate(contents):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"
            b" /Contents %d 0 R >>" % (first_page + 2 * place + 1)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    if outline:
        last = first_entry + len(outline)
        objects.append(f"<< /First {first_entry + 1} 0 R /Last {last} 0 R /Count {len(outline)} >>".encode())
        for place, (words, page) in enumerate(outline):
            entry = first_entry + 1 + place
            following = f"/Next {entry + 1} 0 R" if entry < last else ""
            target = f"/Dest [{first_page + 2 * page} 0 R /Fit]"
            objects.append(f"<< /Title ({words}) /Parent {first_entry} 0 R {target} {following} >>".encode("latin-1"))
    out = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R %s >>\n" % (len(objects) + 1, trailer.encode())
    return out + b"startxref\n%d\n%%%%EOF\n" % start
