"""Compression of a screenshot: at most 256 colours, one byte for each pixel.

Written against https://www.w3.org/TR/png-3/, for the one form that a browser writes:
eight bits for each of red, green and blue (and perhaps opacity), not interlaced.
"""

import struct
import zlib
from collections import Counter
from typing import Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MOST_COLOURS: Final = 256
PALETTE: Final = 3
# Bytes for each point, by the colour type of the header.
WIDTHS: Final = {2: 3, 6: 4}

Colour = tuple[int, int, int]


def smaller(png: bytes) -> bytes:
    """Return the same picture in 256 colours; all others become the nearest of these.

    Raises ValueError for a PNG in a form that no browser writes.
    """
    parts = _parts(png)
    width, height, depth, kind, _, _, interlaced = struct.unpack(
        ">IIBBBBB", parts[b"IHDR"]
    )
    if depth != 8 or kind not in WIDTHS or interlaced:
        raise ValueError("this is no screenshot")
    rows = _rows(zlib.decompress(parts[b"IDAT"]), width * WIDTHS[kind], WIDTHS[kind])
    points = [_points(row, WIDTHS[kind]) for row in rows]
    places, palette = _palette(Counter(point for row in points for point in row))
    lines = b"".join(b"\0" + bytes(places[point] for point in row) for row in points)
    header = struct.pack(">IIBBBBB", width, height, 8, PALETTE, 0, 0, 0)
    return (
        SIGNATURE
        + _part(b"IHDR", header)
        + _part(b"PLTE", bytes(value for colour in palette for value in colour))
        + _part(b"IDAT", zlib.compress(lines, 9))
        + _part(b"IEND", b"")
    )


def _parts(png: bytes) -> dict[bytes, bytes]:
    if not png.startswith(SIGNATURE):
        raise ValueError("this is no PNG")
    found: dict[bytes, bytes] = {}
    at = len(SIGNATURE)
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        found[name] = found.get(name, b"") + png[at + 8 : at + 8 + length]
        at += length + 12
    return found


def _part(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)


def _rows(data: bytes, length: int, step: int) -> list[bytearray]:
    """Undo the filters: each byte was stored as the difference to a prediction."""
    rows: list[bytearray] = []
    above = bytearray(length)
    for start in range(0, len(data), length + 1):
        row = bytearray(data[start + 1 : start + 1 + length])
        kind = data[start]
        for i in range(length) if kind else ():
            left, upper = (row[i - step] if i >= step else 0), above[i]
            corner = above[i - step] if i >= step else 0
            row[i] = (row[i] + _predicted(kind, left, upper, corner)) & 0xFF
        rows.append(row)
        above = row
    return rows


def _predicted(kind: int, left: int, upper: int, corner: int) -> int:
    match kind:
        case 1:
            return left
        case 2:
            return upper
        case 3:
            return (left + upper) // 2
        case 4:
            guess = left + upper - corner
            return min((left, upper, corner), key=lambda each: abs(guess - each))
        case _:
            raise ValueError("this PNG has a filter that the standard does not name")


def _points(row: bytearray, step: int) -> list[Colour]:
    return list(zip(row[0::step], row[1::step], row[2::step], strict=True))


def _palette(counted: Counter[Colour]) -> tuple[dict[Colour, int], list[Colour]]:
    """Return the palette index of each colour, and the palette.

    Half of the palette are the most frequent colours. The others are chosen one by one
    by their distance and frequency, so that a small bright dot keeps its colour.
    """
    palette = [colour for colour, _ in counted.most_common(MOST_COLOURS // 2)]
    near = {colour: _nearest(colour, palette) for colour in counted}
    while len(palette) < MOST_COLOURS:
        missed = max(counted, key=lambda colour: counted[colour] * near[colour][0])
        if near[missed][0] == 0:
            break
        palette.append(missed)
        for colour, known in near.items():
            here = (_apart(missed, colour), len(palette) - 1)
            near[colour] = min(known, here)
    return {colour: place for colour, (_, place) in near.items()}, palette


def _nearest(colour: Colour, palette: list[Colour]) -> tuple[int, int]:
    """Return the distance to the nearest colour of the palette, and its index."""
    return min((_apart(known, colour), place) for place, known in enumerate(palette))


def _apart(one: Colour, other: Colour) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
