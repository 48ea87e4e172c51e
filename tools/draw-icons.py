#!/usr/bin/env python3
"""Draws the icons of the server, of an example and of a package for tests: 32 by 32 pixels, four colours, PNG.

Usage: draw-icons.py [--check]    Writes the files, or with --check says whether they are what
would be written. Exit code: 0 well, 1 a file differs.
"""

import struct
import sys
import zlib
from pathlib import Path

SIDE = 32
BYTES_A_LINE = 12
BEGIN = "/* Drawn by tools/draw-icons.py. */\n"
END = "/* End of what was drawn. */\n"

# Index 0 is transparent.
SERVER_COLOURS = ((0, 0, 0), (31, 41, 55), (148, 163, 184), (251, 191, 36))
TRIAGE_COLOURS = ((0, 0, 0), (15, 118, 110), (204, 251, 241), (249, 115, 22))


def is_in_plate(x, y):
    """A square with round corners that fills the picture."""
    radius = 7
    near_x = min(max(x, radius), SIDE - 1 - radius)
    near_y = min(max(y, radius), SIDE - 1 - radius)
    return (x - near_x) ** 2 + (y - near_y) ** 2 <= radius**2


def server_pixel(x, y):
    """A blade that is getting steeper, like what is learnt from one call to the next."""
    if not is_in_plate(x, y):
        return 0
    edge = 25 - ((x - 5) ** 2) / 22
    if 5 <= x <= 26 and edge - 1.5 <= y <= edge + 1.5:
        return 3
    if 5 <= x <= 26 and y > edge and y <= 26:
        return 2
    return 1


def triage_pixel(x, y):
    """One message goes into one of three trays."""
    if not is_in_plate(x, y):
        return 0
    if 11 <= x <= 20 and 5 <= y <= 11:
        return 3
    if 15 <= x <= 16 and 12 <= y <= 15 or 7 <= x <= 24 and 16 <= y <= 17:
        return 2
    for middle in (7, 15, 23):
        if middle <= x <= middle + 1 and 18 <= y <= 20:
            return 2
        if middle - 2 <= x <= middle + 3 and 21 <= y <= 26:
            return 2
    return 1


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def stored(data):
    """A zlib stream that is not compressed: the same bytes from every library."""
    block = struct.pack("<BHH", 1, len(data), len(data) ^ 0xFFFF) + data
    return b"\x78\x01" + block + struct.pack(">I", zlib.adler32(data))


def png(pixel, colours):
    lines = b""
    for y in range(SIDE):
        lines += b"\0"
        for x in range(0, SIDE, 4):
            byte = 0
            for i in range(4):
                byte = byte << 2 | pixel(x + i, y)
            lines += bytes([byte])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 2, 3, 0, 0, 0))
        + chunk(b"PLTE", b"".join(bytes(colour) for colour in colours))
        + chunk(b"tRNS", b"\0")
        + chunk(b"IDAT", stored(lines))
        + chunk(b"IEND", b"")
    )


def c_array(data):
    lines = []
    for i in range(0, len(data), BYTES_A_LINE):
        lines.append("    " + " ".join(f"0x{byte:02x}," for byte in data[i : i + BYTES_A_LINE]))
    return "\n".join(lines) + "\n"


def source_with(text, data):
    """The text of a C file with the array between the two comments drawn anew."""
    head, rest = text.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    array = "static const unsigned char png[] = {\n" + c_array(data) + "};\n"
    return head + BEGIN + "/* clang-format off */\n" + array + "/* clang-format on */\n" + END + tail


def main():
    root = Path(__file__).resolve().parent.parent
    source = root / "server" / "server_icon.c"
    server = png(server_pixel, SERVER_COLOURS)
    triage = png(triage_pixel, TRIAGE_COLOURS)
    files = {
        root / "examples" / "triage" / "icon.png": triage,
        root / "tests" / "data" / "skills" / "full" / "references" / "icon.png": triage,
        source: source_with(source.read_text(encoding="utf-8"), server).encode(),
    }
    differs = False
    for path, content in files.items():
        if sys.argv[1:] == ["--check"]:
            if not path.exists() or path.read_bytes() != content:
                print(f"{path.relative_to(root)}: not what draw-icons.py draws")
                differs = True
        else:
            path.write_bytes(content)
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())
