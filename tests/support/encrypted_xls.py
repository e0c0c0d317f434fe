"""Encrypts the records of .xls files with the password that Excel itself knows ([MS-OFFCRYPTO])."""

from __future__ import annotations

import struct
from collections.abc import Callable
from hashlib import md5, sha1

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher

from tests.support.xls_files import make_compound, record, workbook

PASSWORD = "VelvetSweatshop"
SALT, VERIFIER = bytes(range(16)), bytes(range(100, 116))
PLAIN_KINDS, SHEET = (0x809, 0x2F), 0x85
# What Excel makes of that password.
XOR_KEY, XOR_VERIFIER = 0xB359, 0x9A0A

Crypt = Callable[[bytes, int, int], bytes]


def make_encrypted_xls(how: str, sheet: bytes, password: str = PASSWORD) -> bytes:
    """`how` is "xor", "1997" or "2002"; `sheet` are the records of the only sheet."""
    crypt: Crypt
    if how == "xor":
        verifier = XOR_VERIFIER if password == PASSWORD else 0
        named, crypt = struct.pack("<HHH", 0, XOR_KEY, verifier), _xor
    else:
        key = _key_of_1997(password) if how == "1997" else _key_of_2002(password)
        digest = md5(VERIFIER).digest() if how == "1997" else sha1(VERIFIER).digest()
        checked = _rc4(key(0), VERIFIER + digest)
        named = _header(how) + SALT + checked[:16]
        named += checked[16:] if how == "1997" else struct.pack("<I", 20) + checked[16:]
        crypt = _rc4_of_blocks(key)
    return make_compound("Workbook", _encrypted(workbook(record(0x2F, named), sheet), crypt))


def _header(how: str) -> bytes:
    if how == "1997":
        return struct.pack("<HHH", 1, 1, 1)
    header = struct.pack("<IIIIIIII", 4, 0, 0x6801, 0x8004, 128, 1, 0, 0) + b"\0\0"
    return struct.pack("<HHHII", 1, 2, 2, 4, len(header)) + header + struct.pack("<I", 16)


def _encrypted(stream: bytes, crypt: Crypt) -> bytes:
    made, at = b"", 0
    while at < len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        start, end = at + 4, at + 4 + length
        kept = length if kind in PLAIN_KINDS else 4 if kind == SHEET else 0
        made += stream[at : start + kept] + crypt(stream[start:end], start, end)[kept:]
        at = end
    return made


def _key_of_1997(password: str) -> Callable[[int], bytes]:
    start = md5(password.encode("utf-16-le")).digest()[:5]
    start = md5((start + SALT) * 16).digest()[:5]
    return lambda block: md5(start + struct.pack("<I", block)).digest()


def _key_of_2002(password: str) -> Callable[[int], bytes]:
    start = sha1(SALT + password.encode("utf-16-le")).digest()
    return lambda block: sha1(start + struct.pack("<I", block)).digest()[:16]


def _rc4(key: bytes, data: bytes) -> bytes:
    return Cipher(ARC4(key), None).encryptor().update(data)


def _rc4_of_blocks(key: Callable[[int], bytes]) -> Crypt:
    def crypt(data: bytes, start: int, end: int) -> bytes:
        first, last = start // 1024, end // 1024
        masks = b"".join(_rc4(key(block), bytes(1024)) for block in range(first, last + 1))
        mask = masks[start % 1024 :]
        return bytes(byte ^ masked for byte, masked in zip(data, mask, strict=False))

    return crypt


def _xor(data: bytes, _start: int, end: int) -> bytes:
    """Turned by five bits, and masked by the password and the key, turned by one."""
    halves = (XOR_KEY & 0xFF, XOR_KEY >> 8)
    masks = [byte ^ halves[at % 2] for at, byte in enumerate([*PASSWORD.encode(), 0xBB])]
    masks = [mask >> 1 | (mask & 1) << 7 for mask in masks]
    turned = (((byte << 5 | byte >> 3) & 0xFF) for byte in data)
    return bytes(byte ^ masks[(end + at) % 16] for at, byte in enumerate(turned))
