"""Encrypts Office files with the password that Excel itself knows ([MS-OFFCRYPTO])."""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha1, sha512

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

from tests.support.xls_files import make_compound

PASSWORD = "VelvetSweatshop"
SALT, OTHER_SALT = bytes(range(16)), bytes(range(16, 32))
KEY, VERIFIER = bytes(range(40, 72)), bytes(range(100, 116))
ROUNDS = 100
AGILE = """<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption"
 xmlns:p="http://schemas.microsoft.com/office/2006/keyEncryptor/password"><keyData saltSize="16"
 blockSize="16" keyBits="256" hashSize="64" hashAlgorithm="SHA512" saltValue="{salt}"/>
 <keyEncryptors><keyEncryptor><p:encryptedKey spinCount="{rounds}" keyBits="256"
 hashAlgorithm="{hash}" saltValue="{other}" encryptedVerifierHashInput="{input}"
 encryptedVerifierHashValue="{value}" encryptedKeyValue="{key}"/></keyEncryptor></keyEncryptors>
 </encryption>"""


def make_agile(package: bytes, password: str = PASSWORD, hash_name: str = "SHA512") -> bytes:
    digest = sha512(OTHER_SALT + password.encode("utf-16-le")).digest()
    for number in range(ROUNDS):
        digest = sha512(struct.pack("<I", number) + digest).digest()

    def part(block: str, content: bytes) -> str:
        key = sha512(digest + bytes.fromhex(block)).digest()[:32]
        return b64encode(_encrypted(key, CBC(OTHER_SALT), content)).decode()

    information = AGILE.format(
        salt=b64encode(SALT).decode(),
        other=b64encode(OTHER_SALT).decode(),
        rounds=ROUNDS,
        hash=hash_name,
        input=part("fea7d2763b4b9e79", VERIFIER),
        value=part("d7aa0f6d3061344e", sha512(VERIFIER).digest()),
        key=part("146e0be7abacd0d6", KEY),
    )
    segments = b"".join(
        _encrypted(
            KEY,
            CBC(sha512(SALT + struct.pack("<I", number)).digest()[:16]),
            package[at : at + 4096],
        )
        for number, at in enumerate(range(0, len(package), 4096))
    )
    # A smaller stream would be filled with zeros, which are no XML.
    head = struct.pack("<HHI", 4, 4, 0x40) + information.encode().ljust(5000)
    return _file(head, struct.pack("<Q", len(package)) + segments)


def make_standard(package: bytes, password: str = PASSWORD) -> bytes:
    digest = sha1(SALT + password.encode("utf-16-le")).digest()
    for number in range(50_000):
        digest = sha1(struct.pack("<I", number) + digest).digest()
    digest = sha1(digest + bytes(4)).digest()
    key = sha1(bytes(byte ^ 0x36 for byte in digest.ljust(64, b"\0"))).digest()[:16]
    header = struct.pack("<IIIIIIII", 0x24, 0, 0x660E, 0x8004, 128, 24, 0, 0) + b"A\0\0\0"
    information = struct.pack("<HHII", 3, 2, 0x24, len(header)) + header
    information += struct.pack("<I", 16) + SALT + _encrypted(key, ECB(), VERIFIER)
    information += struct.pack("<I", 20) + _encrypted(key, ECB(), sha1(VERIFIER).digest())
    return _file(information, struct.pack("<Q", len(package)) + _encrypted(key, ECB(), package))


MAKERS: dict[str, Callable[..., bytes]] = {"agile": make_agile, "standard": make_standard}


def _file(information: bytes, package: bytes) -> bytes:
    return make_compound("EncryptionInfo", information, EncryptedPackage=package)


def _encrypted(key: bytes, mode: CBC | ECB, content: bytes) -> bytes:
    encryptor = Cipher(AES(key), mode).encryptor()
    return encryptor.update(content + bytes(-len(content) % 16)) + encryptor.finalize()
