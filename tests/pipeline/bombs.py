"""Small files that make a decoder work for long."""

import struct

BLOCKS_OF_A_RUN = 32767


def scans(count: int, side: int = 7600) -> bytes:
    """A gray progressive JPEG of ``side`` by ``side`` pixels, in ``count`` scans.

    The first holds the mean of every block, in a bit each. The others say of whole runs of blocks that
    nothing is added, in 15 bits a run, and still take the decoder through every block.
    """
    blocks = ((side + 7) // 8) ** 2
    means = bytes((blocks + 7) // 8)
    run = "0" + "1" * 14
    last = blocks % BLOCKS_OF_A_RUN
    runs = run * (blocks // BLOCKS_OF_A_RUN) + (_run_of(last) if last else "")
    runs += "1" * (-len(runs) % 8)
    nothing = _stuffed(int(runs, 2).to_bytes(len(runs) // 8, "big"))
    file = [
        b"\xff\xd8",
        _segment(0xDB, b"\0" + bytes([1] * 64)),
        _segment(0xC2, struct.pack(">BHHB", 8, side, side, 1) + b"\1\x11\0"),
        _table(0x00, 0x00),
        _segment(0xDA, b"\1\1\0\0\0\0") + means,
    ]
    if count > 1:
        file.append(_table(0x10, 0xE0))
        file += [_segment(0xDA, b"\1\1\0\1\x3f\0") + nothing] * (count - 1)
    return b"".join([*file, b"\xff\xd9"])


def _run_of(blocks: int) -> str:
    """The table knows runs of 16,384 blocks and more; one that is too long ends with the picture."""
    return "0" + format(max(blocks - 16384, 0), "014b")


def _table(place: int, symbol: int) -> bytes:
    """A Huffman table of one symbol, whose code is the bit 0."""
    return _segment(0xC4, bytes([place, 1] + [0] * 15 + [symbol]))


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _stuffed(data: bytes) -> bytes:
    return data.replace(b"\xff", b"\xff\0")
