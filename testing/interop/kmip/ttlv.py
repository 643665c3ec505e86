"""TTLV (KMIP 2.1 §10.1), just enough to say again what Krill said with the identifiers of another server."""
import struct

STRUCTURE, TEXT = 1, 7


def parse(data):
    items, at = [], 0
    while at < len(data):
        tag, kind, length = int.from_bytes(data[at:at + 3], "big"), data[at + 3], struct.unpack_from(">I", data, at + 4)[0]
        value = data[at + 8:at + 8 + length]
        items.append((tag, kind, parse(value) if kind == STRUCTURE else value))
        at += 8 + (length + 7) // 8 * 8
    return items


def build(items):
    out = b""
    for tag, kind, value in items:
        value = build(value) if kind == STRUCTURE else value
        out += tag.to_bytes(3, "big") + bytes([kind]) + struct.pack(">I", len(value)) + value + bytes(-len(value) % 8)
    return out


def replaced(items, identifiers):
    """With every text that is one of the identifiers replaced."""
    return [(tag, kind, replaced(value, identifiers) if kind == STRUCTURE else
             identifiers.get(value, value) if kind == TEXT and tag == 0x420094 else value) for tag, kind, value in items]


def find(items, tag):
    """Every value of a tag, at any depth."""
    for own, kind, value in items:
        if own == tag:
            yield value
        if kind == STRUCTURE:
            yield from find(value, tag)
