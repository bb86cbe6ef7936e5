"""Percentages as the Store parses and echoes them: a dot, and single precision."""

import re
import struct

_PLAIN = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")
MAX_PERCENTAGE = 100.0


def read_percentage(text: str | None) -> float | None:
    """Return the percentage in a query, or None if it is not a valid one.

    It has to be there and between 0 and 100, without a comma or an exponent.
    """
    if text is None or not _PLAIN.fullmatch(text):
        return None
    value = float(text)
    return to_single_precision(value) if value <= MAX_PERCENTAGE else None


def to_single_precision(value: float) -> float:
    """Return `value` rounded to a 32-bit float, in as few digits as it needs.

    Seven digits where they bring the same 32-bit float back, nine where not:
    33.333333 comes back as 33.3333321.
    """
    kept: float = struct.unpack("f", struct.pack("f", value))[0]
    short = float(f"{kept:.7g}")
    same = struct.pack("f", short) == struct.pack("f", kept)
    return short if same else float(f"{kept:.9g}")
