"""The signatures of a call, verified by the official libraries, and where they cannot, by `cryptography`."""

import base64

import standardwebhooks
import svix
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from checks import Unexpected, equal

RAW = serialization.Encoding.Raw


def verified(call, secret):
    """Both libraries accept the call with this secret."""
    payload = standardwebhooks.Webhook(secret).verify(call.body, call.headers)
    equal("the verified payload", payload, call.json)
    svix.Webhook(secret).verify(call.body, call.headers)


def not_verified(call, secret):
    """A secret that is not the endpoint's is refused, so that `verified` means something."""
    try:
        standardwebhooks.Webhook(secret).verify(call.body, call.headers)
    except standardwebhooks.WebhookVerificationError:
        return
    raise Unexpected("expected a signature to be refused with a secret that is not the endpoint's")


def new_key():
    """An ed25519 key as the API takes and gives it: the secret `whsk_…`, the public key `whpk_…`."""
    private = Ed25519PrivateKey.generate()
    seed = private.private_bytes(RAW, serialization.PrivateFormat.Raw, serialization.NoEncryption())
    public = private.public_key().public_bytes(RAW, serialization.PublicFormat.Raw)
    return "whsk_" + base64.b64encode(seed + public).decode(), "whpk_" + base64.b64encode(public).decode()


def verified_asymmetric(call, public_key):
    """One of the call's `v1a` signatures is of the owner of this `whpk_…`."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_")))
    signed = f"{call.id}.{call.headers['webhook-timestamp']}.".encode() + call.body
    signatures = [one.split(",", 1) for one in call.headers["webhook-signature"].split(" ")]
    for version, signature in signatures:
        if version == "v1a":
            try:
                return key.verify(base64.b64decode(signature), signed)
            except InvalidSignature:
                pass
    raise Unexpected(f"expected a v1a signature of {public_key}, found {signatures}")
