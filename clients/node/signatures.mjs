// The signatures of a call, verified by the official libraries, and where they cannot, by node:crypto.

import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";

import { Webhook, WebhookVerificationError } from "standardwebhooks";

import { check, equal } from "./checks.mjs";

/** Both libraries accept the call with this secret. */
export function verified(tour, call, secret) {
  equal("the verified payload", new Webhook(secret).verify(call.body, call.headers), call.json);
  new tour.library.Webhook(secret).verify(call.body, call.headers);
}

/** A secret that is not the endpoint's is refused, so that `verified` means something. */
export function notVerified(call, secret) {
  try {
    new Webhook(secret).verify(call.body, call.headers);
  } catch (error) {
    check(error instanceof WebhookVerificationError, "a WebhookVerificationError", String(error));
    return;
  }
  throw new Error("expected a signature to be refused with a secret that is not the endpoint's");
}

/** An ed25519 key as the API takes and gives it: the secret `whsk_…`, the public key `whpk_…`. */
export function newKey() {
  const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const [seed, publicKey] = [d, x].map((part) => Buffer.from(part, "base64url"));
  const whole = Buffer.concat([seed, publicKey]);
  return { secret: `whsk_${whole.toString("base64")}`, publicKey: `whpk_${publicKey.toString("base64")}` };
}

/** One of the call's `v1a` signatures is of the owner of this `whpk_…`. */
export function verifiedAsymmetric(call, publicKey) {
  const x = Buffer.from(publicKey.slice("whpk_".length), "base64").toString("base64url");
  const key = createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } });
  const signed = Buffer.concat([Buffer.from(`${call.id}.${call.headers["webhook-timestamp"]}.`), call.body]);
  const signatures = call.headers["webhook-signature"].split(" ").map((one) => one.split(","));
  const holds = signatures.some(
    ([version, signature]) => version === "v1a" && verify(null, signed, key, Buffer.from(signature, "base64")),
  );
  check(holds, `a v1a signature of ${publicKey}`, signatures);
}
