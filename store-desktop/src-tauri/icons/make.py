#!/usr/bin/env python3
"""Draws the counter's icon: a rounded square with an order ticket and a tick. Only the standard library.

Run it in this folder after changing it: python3 make.py
"""

import struct
import zlib

BLUE = (29, 79, 215)
PAPER = (255, 255, 255)
LINE = (198, 208, 234)
TICK = (247, 181, 56)
# Samples per pixel and axis, for smooth edges.
FINE = 4


def rounded(x, y, left, top, right, bottom, radius):
    """Whether a point lies in a rounded rectangle; the unit is the icon's width."""
    if not (left <= x <= right and top <= y <= bottom):
        return False
    dx = max(left + radius - x, x - (right - radius), 0)
    dy = max(top + radius - y, y - (bottom - radius), 0)
    return dx * dx + dy * dy <= radius * radius


def near(x, y, ax, ay, bx, by, width):
    """Whether a point lies within `width` of a line from a to b."""
    length = (bx - ax) ** 2 + (by - ay) ** 2
    along = max(0.0, min(1.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length))
    px, py = ax + along * (bx - ax), ay + along * (by - ay)
    return (x - px) ** 2 + (y - py) ** 2 <= width * width


def paper(x, y):
    """A ticket with a torn lower edge."""
    tooth = abs(((x - 0.26) / 0.08) % 1 - 0.5) * 0.07
    return rounded(x, y, 0.26, 0.17, 0.74, 0.95, 0.04) and y <= 0.83 - tooth


def colour(x, y):
    """The colour at a point, or None outside."""
    if not rounded(x, y, 0.03, 0.03, 0.97, 0.97, 0.2):
        return None
    if near(x, y, 0.37, 0.58, 0.47, 0.68, 0.042) or near(x, y, 0.47, 0.68, 0.65, 0.47, 0.042):
        return TICK
    if paper(x, y):
        for row, end in ((0.28, 0.64), (0.38, 0.56)):
            if near(x, y, 0.36, row, end, row, 0.022):
                return LINE
        return PAPER
    return BLUE


def pixel(column, row, size):
    """One pixel as RGBA, the mean of its samples."""
    seen = []
    for index in range(FINE * FINE):
        x = (column + (index % FINE + 0.5) / FINE) / size
        y = (row + (index // FINE + 0.5) / FINE) / size
        seen.append(colour(x, y))
    inside = [sample for sample in seen if sample]
    if not inside:
        return bytes(4)
    mean = [round(sum(sample[channel] for sample in inside) / len(inside)) for channel in range(3)]
    return bytes([*mean, round(255 * len(inside) / len(seen))])


def chunk(kind, data):
    """A chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write(path, size):
    """Writes the icon as an RGBA PNG of `size` pixels."""
    rows = b"".join(b"\0" + b"".join(pixel(column, row, size) for column in range(size)) for row in range(size))
    head = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head))
        file.write(chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


for name, width in (("32x32", 32), ("128x128", 128), ("128x128@2x", 256), ("icon", 512)):
    write(f"{name}.png", width)
