# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser with an authenticator (WebAuthn), which also lies: what each ceremony says can be set
piece by piece."""
import base64
import hashlib
import json
import os
import struct

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

ES256, EDDSA, RS256 = -7, -8, -257
PRESENT, VERIFIED, CAN_BE_COPIED, COPIED, HAS_KEY, HAS_EXTENSIONS = 1, 4, 8, 16, 64, 128


def to_text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def to_bytes(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def make_key(algorithm, bits=2048):
    if algorithm == ES256:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == EDDSA:
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, bits)


def spki_of(key):
    return key.public_key().public_bytes(serialization.Encoding.DER,
                                         serialization.PublicFormat.SubjectPublicKeyInfo)


def cose_of(key):
    """The COSE_Key as authenticators write it."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        numbers = key.public_key().public_numbers()
        return bytes.fromhex("a5010203262001215820") + numbers.x.to_bytes(32, "big") + \
            bytes.fromhex("225820") + numbers.y.to_bytes(32, "big")
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return bytes.fromhex("a4010103272006215820") + raw
    n = key.public_key().public_numbers().n
    n = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes.fromhex("a401030339010020") + b"\x59" + struct.pack(">H", len(n)) + n + \
        bytes.fromhex("2143010001")


def sign(key, message):
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(hashes.SHA256()))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    return key.sign(message, padding.PKCS1v15(), hashes.SHA256())


class Passkey:
    def __init__(self, algorithm, credential, handle, key=None):
        self.algorithm, self.credential, self.handle = algorithm, credential, handle
        self.key = key or make_key(algorithm)
        self.counter = 0


class Authenticator:
    """Makes passkeys for an origin, and answers with them. What `lies` names is said in the place
    of the truth: type, origin, challenge, client (more members), flags, rp_id, counter, key (to
    sign with), signature, credential, handle, spki, cose, algorithm, cut (of the data)."""

    def __init__(self, origin, algorithm=ES256, flags=PRESENT | VERIFIED, counts=True):
        self.origin, self.algorithm, self.flags, self.counts = origin, algorithm, flags, counts
        self.passkeys = []

    def _client(self, kind, options, lies):
        client = {"type": lies.get("type", kind),
                  "challenge": lies.get("challenge", options["challenge"]),
                  "origin": lies.get("origin", self.origin), "crossOrigin": False,
                  "other_keys_can_be_added_here": "as some browsers do"} | lies.get("client", {})
        return lies.get("client_text", json.dumps(client)).encode()

    def _data(self, rp_id, flags, counter, lies, more=b""):
        data = hashlib.sha256(lies.get("rp_id", rp_id).encode()).digest() + \
            struct.pack(">BI", lies.get("flags", flags), lies.get("counter", counter)) + more
        return data[:len(data) - lies.get("cut", 0)] + lies.get("more", b"")

    def create(self, options, passkey=None, **lies):
        """A RegistrationResponseJSON."""
        passkey = passkey or Passkey(self.algorithm, lies.get("credential", os.urandom(32)),
                                     to_bytes(options["user"]["id"]), lies.get("key"))
        assert passkey.algorithm in [one["alg"] for one in options["pubKeyCredParams"]]
        self.passkeys.append(passkey)
        attested = bytes(16) + struct.pack(">H", len(passkey.credential)) + passkey.credential + \
            lies.get("cose", cose_of(passkey.key))
        return {
            "id": to_text(lies.get("posted", passkey.credential)), "type": "public-key",
            "rawId": to_text(passkey.credential), "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
            "response": {
                "clientDataJSON": to_text(self._client("webauthn.create", options, lies)),
                "authenticatorData": to_text(self._data(options["rp"]["id"], self.flags | HAS_KEY,
                                                        passkey.counter, lies, attested)),
                "attestationObject": to_text(b"\xa0"),
                "transports": ["internal", "hybrid", "by-pigeon"],
                "publicKey": to_text(lies.get("spki", spki_of(passkey.key))),
                "publicKeyAlgorithm": lies.get("algorithm", passkey.algorithm)}}

    def get(self, options, passkey=None, **lies):
        """An AuthenticationResponseJSON of a passkey; of the newest one."""
        passkey = passkey or self.passkeys[-1]
        if self.counts and "counter" not in lies:
            passkey.counter += 1
        client = self._client("webauthn.get", options, lies)
        data = self._data(options["rpId"], self.flags, passkey.counter, lies)
        signature = sign(lies.get("key", passkey.key), data + hashlib.sha256(client).digest())
        return {
            "id": to_text(lies.get("credential", passkey.credential)), "type": "public-key",
            "rawId": to_text(passkey.credential), "clientExtensionResults": {},
            "response": {
                "clientDataJSON": to_text(client), "authenticatorData": to_text(data),
                "signature": to_text(lies.get("signature", signature)),
                "userHandle": to_text(lies.get("handle", passkey.handle))}}
