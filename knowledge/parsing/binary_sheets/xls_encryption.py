"""Decrypts .xls files that Excel opens without asking for a password ([MS-XLS], [MS-OFFCRYPTO]).

Excel encrypts a workbook whose structure is protected with a password that everybody knows.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from hashlib import md5, sha1

from knowledge.parsing.binary_sheets.xls_records import HEADER, Kind

PASSWORD = "VelvetSweatshop"  # noqa: S105 - Excel's own, no secret
BLOCK_BYTES = 1024
# The contents of these records are never encrypted, nor where a sheet begins in the stream.
PLAIN = frozenset((Kind.START, Kind.PASSWORD, 0xE1, 0x138, 0x194, 0x195, 0x196))
SHEET_START_BYTES = 4
XOR, RC4 = 0, 1
# Made of the password.
XOR_KEY, XOR_VERIFIER = 0xB359, 0x9A0A
XOR_FILL = 0xBB
# Of a record that does not say how it is encrypted.
EXCEL_95_BYTES = 4
# Bits; in files, no length stands for the least.
SHORT_KEY = 40


def decrypted(stream: bytes, password_record: bytes) -> bytes | None:
    """The stream of the workbook; None if it has another password, or is encrypted otherwise."""
    if len(password_record) == EXCEL_95_BYTES:
        return _without_xor(stream, *struct.unpack("<HH", password_record))
    (kind,) = struct.unpack_from("<H", password_record)
    if kind == XOR:
        return _without_xor(stream, *struct.unpack_from("<HH", password_record, 2))
    make_key = _key_maker(password_record) if kind == RC4 else None
    return None if make_key is None else _without_rc4(stream, make_key)


KeyMaker = Callable[[int], bytes]


def _md5(data: bytes) -> bytes:
    return md5(data, usedforsecurity=False).digest()


def _sha1(data: bytes) -> bytes:
    return sha1(data, usedforsecurity=False).digest()


def _key_maker(record: bytes) -> KeyMaker | None:
    """Makes the key of each block of the stream; None if the password is another one."""
    major, minor = struct.unpack_from("<HH", record, 2)
    if (major, minor) == (1, 1):
        salt, verifier = record[6:22], record[22:54]
        return _checked(_key_maker_of_1997(salt), verifier, _md5)
    if minor == 2:
        (header_bytes,) = struct.unpack_from("<I", record, 10)
        (key_bits,) = struct.unpack_from("<I", record, 14 + 16)
        at = 14 + header_bytes + 4
        salt, verifier, digest = record[at : at + 16], record[at + 16 : at + 32], record[at + 36 :]
        make_key = _key_maker_of_2002(salt, key_bits or SHORT_KEY)
        return _checked(make_key, verifier + digest[:20], _sha1)
    return None


def _key_maker_of_1997(salt: bytes) -> KeyMaker:
    start = _md5(PASSWORD.encode("utf-16-le"))[:5]
    start = _md5((start + salt) * 16)[:5]
    return lambda block: _md5(start + struct.pack("<I", block))


def _key_maker_of_2002(salt: bytes, key_bits: int) -> KeyMaker:
    start = _sha1(salt + PASSWORD.encode("utf-16-le"))

    def make_key(block: int) -> bytes:
        key = _sha1(start + struct.pack("<I", block))[: key_bits // 8]
        return key.ljust(16, b"\0") if key_bits == SHORT_KEY else key

    return make_key


def _checked(
    make_key: KeyMaker, verifier: bytes, digest: Callable[[bytes], bytes]
) -> KeyMaker | None:
    """None if the file was encrypted with another key: its verifier is 16 bytes and their hash."""
    plain = _xored(verifier, _rc4(make_key(0), len(verifier)))
    return make_key if digest(plain[:16]) == plain[16:] else None


def _without_rc4(stream: bytes, make_key: KeyMaker) -> bytes:
    blocks = range(-(-len(stream) // BLOCK_BYTES))
    keys = b"".join(_rc4(make_key(block), BLOCK_BYTES) for block in blocks)
    plain = bytearray(stream)
    for start, end, kept in _encrypted_parts(stream):
        plain[start + kept : end] = _xored(stream[start + kept : end], keys[start + kept : end])
    return bytes(plain)


def _without_xor(stream: bytes, key: int, verifier: int) -> bytes | None:
    if (key, verifier) != (XOR_KEY, XOR_VERIFIER):
        return None
    filled = [*PASSWORD.encode(), XOR_FILL]
    halves = (key & 0xFF, key >> 8)
    mask = bytes(_rotated(byte ^ halves[at % 2], 2) for at, byte in enumerate(filled))
    rotated = stream.translate(bytes(_rotated(byte, 3) for byte in range(256)))
    plain = bytearray(stream)
    for start, end, kept in _encrypted_parts(stream):
        # Where the mask begins depends on where the record ends.
        masks = (mask * ((end - start) // 16 + 2))[end % 16 :]
        plain[start + kept : end] = _xored(rotated[start + kept : end], masks[kept : end - start])
    return bytes(plain)


def _rotated(byte: int, bits: int) -> int:
    return (byte << bits | byte >> 8 - bits) & 0xFF


def _encrypted_parts(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """From where to where, and how many bytes at the start are not. Headers of records are not."""
    at = 0
    while at + HEADER.size <= len(stream):
        kind, length = HEADER.unpack_from(stream, at)
        start = at + HEADER.size
        at = min(start + length, len(stream))
        if kind not in PLAIN and at > start:
            yield start, at, min(SHEET_START_BYTES, at - start) if kind == Kind.SHEET else 0


def _xored(data: bytes, mask: bytes) -> bytes:
    number = int.from_bytes(data, "little") ^ int.from_bytes(mask, "little")
    return number.to_bytes(max(len(data), len(mask)), "little")


def _rc4(key: bytes, count: int) -> bytes:
    """So many bytes of the key stream."""
    state = list(range(256))
    at = 0
    for place in range(256):
        at = (at + state[place] + key[place % len(key)]) & 0xFF
        state[place], state[at] = state[at], state[place]
    found = bytearray(count)
    first = second = 0
    for place in range(count):
        first = (first + 1) & 0xFF
        value = state[first]
        second = (second + value) & 0xFF
        other = state[second]
        state[first], state[second] = other, value
        found[place] = state[(value + other) & 0xFF]
    return bytes(found)
