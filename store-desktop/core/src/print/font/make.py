#!/usr/bin/env python3
"""Draws glyphs.png and characters.txt from NanumGothicCoding (Debian package fonts-nanum, SIL Open Font License 1.1).

    python3 make.py [FOLDER_WITH_THE_TTF_FILES]

Each character has a cell of 24 x 24 dots, 64 cells in a row, in the order of characters.txt. One-column characters use the left 12 dots.
Needs libfreetype.so.6 and nothing else.
"""

import ctypes
import os
import struct
import sys
import zlib

CELL, PER_ROW = 24, 64
FOLDER = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/fonts/truetype/nanum"
HERE = os.path.dirname(os.path.abspath(__file__))

ft = ctypes.CDLL("libfreetype.so.6")
LONG, PTR, INT, UINT, SHORT, USHORT = (
    ctypes.c_long, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint, ctypes.c_short, ctypes.c_ushort)


class Bitmap(ctypes.Structure):
    _fields_ = [("rows", UINT), ("width", UINT), ("pitch", INT), ("buffer", ctypes.POINTER(ctypes.c_ubyte)),
                ("grays", USHORT), ("mode", ctypes.c_ubyte), ("palette_mode", ctypes.c_ubyte), ("palette", PTR)]


class Slot(ctypes.Structure):
    _fields_ = [("library", PTR), ("face", PTR), ("next", PTR), ("index", UINT), ("gd", PTR), ("gf", PTR),
                ("metrics", LONG * 8), ("lin_h", LONG), ("lin_v", LONG), ("advance", LONG * 2), ("format", UINT),
                ("bitmap", Bitmap), ("left", INT), ("top", INT)]


class Face(ctypes.Structure):
    _fields_ = [("num_faces", LONG), ("face_index", LONG), ("face_flags", LONG), ("style_flags", LONG),
                ("num_glyphs", LONG), ("family", PTR), ("style", PTR), ("num_sizes", INT), ("sizes", PTR),
                ("num_charmaps", INT), ("charmaps", PTR), ("gd", PTR), ("gf", PTR), ("bbox", LONG * 4),
                ("upem", USHORT), ("ascender", SHORT), ("descender", SHORT), ("height", SHORT),
                ("maw", SHORT), ("mah", SHORT), ("up", SHORT), ("ut", SHORT), ("glyph", ctypes.POINTER(Slot))]


library = PTR()
assert ft.FT_Init_FreeType(ctypes.byref(library)) == 0


def face(name, size):
    opened = ctypes.POINTER(Face)()
    path = os.path.join(FOLDER, name).encode()
    assert ft.FT_New_Face(library, path, LONG(0), ctypes.byref(opened)) == 0, path
    assert ft.FT_Set_Pixel_Sizes(opened, UINT(0), UINT(size)) == 0
    return opened


FACES = [(face("NanumGothicCoding.ttf", 24), 20), (face("NanumGothic.ttf", 23), 20)]
RENDER, MONO, AUTOHINT = 4, 2 << 16, 32


def has(character):
    return next(((f, base) for f, base in FACES if ft.FT_Get_Char_Index(f, ctypes.c_ulong(ord(character)))), None)


def draw(character):
    """24 rows of 24 bits, or None when no font has the character."""
    found = has(character)
    if found is None:
        return None
    opened, baseline = found
    assert ft.FT_Load_Char(opened, ctypes.c_ulong(ord(character)), INT(RENDER | MONO)) == 0
    slot = opened.contents.glyph.contents
    bitmap = slot.bitmap
    columns = CELL if wide(character) else CELL // 2
    advance = slot.advance[0] >> 6
    shift = (columns - advance) // 2 if advance != columns else 0
    if 0x2500 <= ord(character) <= 0x257F:
        return box(character)
    rows = [0] * CELL
    for y in range(bitmap.rows):
        for x in range(bitmap.width):
            if bitmap.buffer[y * bitmap.pitch + x // 8] >> (7 - x % 8) & 1:
                to_x, to_y = slot.left + shift + x, baseline - slot.top + y
                if 0 <= to_x < columns and 0 <= to_y < CELL:
                    rows[to_y] |= 1 << (CELL - 1 - to_x)
    return rows


# What leaves the middle to the left, right, top, bottom: 0 nothing, 1 thin, 2 thick. Lines of a cell must meet those of the next one,
# which an outline font at another line height does not promise.
BOXES = {
    "─": "1100", "│": "0011", "┌": "0101", "┐": "1001", "└": "0110", "┘": "1010", "├": "0111", "┤": "1011",
    "┬": "1101", "┴": "1110", "┼": "1111", "━": "2200", "┃": "0022", "┏": "0202", "┓": "2002", "┗": "0220",
    "┛": "2020", "┣": "0222", "┫": "2022", "┳": "2202", "┻": "2220", "╋": "2222",
}


def box(character):
    if character not in BOXES:
        return None
    left, right, top, bottom = (int(weight) for weight in BOXES[character])
    grid = [[0] * CELL for _ in range(CELL)]
    middle = CELL // 2

    def fill(xs, ys):
        for y in ys:
            for x in xs:
                grid[y][x] = 1

    def band(weight):
        return range(middle - weight, middle + weight)

    widest = max(left, right, top, bottom)
    fill(range(0, middle + widest), band(left)) if left else None
    fill(range(middle - widest, CELL), band(right)) if right else None
    fill(band(top), range(0, middle + widest)) if top else None
    fill(band(bottom), range(middle - widest, CELL)) if bottom else None
    return [int("".join(map(str, row)), 2) for row in grid]


def wide(character):
    return not (0x20 <= ord(character) < 0x7F or 0xA0 <= ord(character) <= 0x17F and not in_cp949(character))


def in_cp949(character):
    try:
        return len(character.encode("cp949")) == 2
    except UnicodeEncodeError:
        return False


def wanted():
    everything = set(range(0x20, 0x7F)) | set(range(0xA0, 0x180)) | set(range(0x2010, 0x2040))
    everything |= {ord(c) for c in map(chr, range(0x80, 0x10000)) if not 0xD800 <= ord(c) < 0xE000 and in_cp949(c)}
    return [chr(code) for code in sorted(everything)]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def main():
    drawn = [(c, rows) for c in wanted() if (rows := draw(c)) is not None]
    lines = -(-len(drawn) // PER_ROW)
    sheet = bytearray()
    for line in range(lines):
        for y in range(CELL):
            sheet.append(0)
            bits = 0
            for index in range(line * PER_ROW, (line + 1) * PER_ROW):
                bits = bits << CELL | (drawn[index][1][y] if index < len(drawn) else 0)
            sheet += (bits ^ ((1 << CELL * PER_ROW) - 1)).to_bytes(CELL * PER_ROW // 8, "big")
    header = struct.pack(">IIBBBBB", CELL * PER_ROW, CELL * lines, 1, 0, 0, 0, 0)
    with open(os.path.join(HERE, "glyphs.png"), "wb") as out:
        out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(sheet), 9)) + chunk(b"IEND", b""))
    with open(os.path.join(HERE, "characters.txt"), "w", encoding="utf-8") as out:
        out.write("".join(c for c, _ in drawn))
    missing = [c for c in wanted() if draw(c) is None]
    print(len(drawn), "drawn,", len(missing), "missing:", "".join(missing)[:200])


main()
