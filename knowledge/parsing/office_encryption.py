"""Decrypts Office files that Excel opens without asking for a password ([MS-OFFCRYPTO]).

It encrypts a workbook whose structure is protected with a password that everybody knows.
"""

from __future__ import annotations

import hashlib
import struct
from base64 import b64decode
from collections.abc import Callable
from itertools import count

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from lxml import etree

from knowledge.errors import Unreadable
from knowledge.parsing.binary_sheets.compound_file import CompoundFile
from knowledge.parsing.binary_sheets.xls_encryption import PASSWORD

INFORMATION, PACKAGE = "EncryptionInfo", "EncryptedPackage"
AGILE, STANDARD = (4, 4), 2
STANDARD_ROUNDS, MAX_ROUNDS = 50_000, 1_000_000
SEGMENT_BYTES = 4096
# What the key of each part is made with.
VERIFIER, VERIFIER_HASH, KEY = (
    bytes.fromhex(key) for key in ("fea7d2763b4b9e79", "d7aa0f6d3061344e", "146e0be7abacd0d6")
)
HASHES = {
    **dict.fromkeys(("SHA1", "SHA-1"), "sha1"),
    **{f"SHA{bits}": f"sha{bits}" for bits in (256, 384, 512)},
}

Hash = Callable[[bytes], bytes]


def decrypted(data: bytes) -> bytes | None:
    """The package inside; None if it has another password, or is encrypted otherwise."""
    try:
        return _package(data)
    except (Unreadable, struct.error, ValueError, LookupError, etree.XMLSyntaxError):
        return None


def _package(data: bytes) -> bytes | None:
    file = CompoundFile(data)
    information, package = file.stream(INFORMATION), file.stream(PACKAGE)
    major, minor = struct.unpack_from("<HH", information)
    (size,) = struct.unpack_from("<Q", package)
    if (major, minor) == AGILE:
        content = _agile(information[8:], package[8:])
    elif minor == STANDARD:
        content = _standard(information, package[8:])
    else:
        return None
    return None if content is None else content[:size]


def _standard(information: bytes, package: bytes) -> bytes | None:
    (header_bytes,) = struct.unpack_from("<I", information, 8)
    (key_bits,) = struct.unpack_from("<I", information, 12 + 16)
    at = 12 + header_bytes + 4
    salt, verifier = information[at : at + 16], information[at + 16 : at + 32]
    expected = information[at + 36 : at + 68]
    made = _hash("sha1")
    digest = made(_rounds(made, salt, STANDARD_ROUNDS) + bytes(4))
    key = b"".join(
        made(bytes(byte ^ fill for byte in digest.ljust(64, b"\0"))) for fill in (0x36, 0x5C)
    )[: key_bits // 8]
    if made(_ecb(key, verifier)) != _ecb(key, expected)[:20]:
        return None
    return _ecb(key, package[: len(package) // 16 * 16])


def _agile(information: bytes, package: bytes) -> bytes | None:
    root = etree.fromstring(information, etree.XMLParser(resolve_entities=False, no_network=True))
    data, of_key = root.find("{*}keyData"), root.find(".//{*}encryptedKey")
    if data is None or of_key is None or int(of_key.get("spinCount", 0)) > MAX_ROUNDS:
        return None
    made, salt = _hash_of(of_key), b64decode(of_key.get("saltValue", ""))
    digest = _rounds(made, salt, int(of_key.get("spinCount", 0)))

    def part(name: str, block: bytes) -> bytes:
        key = made(digest + block).ljust(64, b"\x36")[: int(of_key.get("keyBits", 0)) // 8]
        return _cbc(key, salt, b64decode(of_key.get(name, "")))

    expected = part("encryptedVerifierHashValue", VERIFIER_HASH)
    found = made(part("encryptedVerifierHashInput", VERIFIER)[: len(salt)])
    if not expected.startswith(found):
        return None
    key = part("encryptedKeyValue", KEY)[: int(data.get("keyBits", 0)) // 8]
    of_segment, salt = _hash_of(data), b64decode(data.get("saltValue", ""))
    return b"".join(
        _cbc(key, of_segment(salt + struct.pack("<I", number)), package[at : at + SEGMENT_BYTES])
        for number, at in zip(count(), range(0, len(package), SEGMENT_BYTES), strict=False)
    )


def _rounds(made: Hash, salt: bytes, rounds: int) -> bytes:
    digest = made(salt + PASSWORD.encode("utf-16-le"))
    for number in range(rounds):
        digest = made(struct.pack("<I", number) + digest)
    return digest


def _hash_of(element: etree._Element) -> Hash:
    return _hash(HASHES[element.get("hashAlgorithm", "")])


def _hash(name: str) -> Hash:
    return lambda data: hashlib.new(name, data, usedforsecurity=False).digest()


def _ecb(key: bytes, data: bytes) -> bytes:
    # What Office writes, whatever it is worth: nothing is kept secret by a known password.
    decryptor = Cipher(AES(key), ECB()).decryptor()  # noqa: S305
    return decryptor.update(data) + decryptor.finalize()


def _cbc(key: bytes, vector: bytes, data: bytes) -> bytes:
    decryptor = Cipher(AES(key), CBC(vector[:16].ljust(16, b"\x36"))).decryptor()
    return decryptor.update(data[: len(data) // 16 * 16]) + decryptor.finalize()
