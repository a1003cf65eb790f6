import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { Keyring } from './keyring.js';

const VERSION = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** 32 MiB and about 80 ms, once a start: a guess at a weak key costs as much, and a good one cannot be guessed. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

/**
 * Tells one master key from another without keeping it: version, salt, and scrypt of a key that is derived for nothing
 * else. Whoever reads it learns nothing of the keys that seal, and can try guesses only slowly.
 */
export async function fingerprintOf(keyring: Keyring): Promise<Buffer> {
  const salt = randomBytes(SALT_BYTES);
  return Buffer.concat([Buffer.from([VERSION]), salt, await hashOf(keyring, salt)]);
}

/** Whether the fingerprint was taken of this keyring. */
export async function isFingerprintOf(fingerprint: Buffer, keyring: Keyring): Promise<boolean> {
  if (fingerprint.length !== 1 + SALT_BYTES + HASH_BYTES || fingerprint[0] !== VERSION) {
    throw new Error('the fingerprint of the master key is not in a form that this version can read');
  }
  const salt = fingerprint.subarray(1, 1 + SALT_BYTES);
  return timingSafeEqual(fingerprint.subarray(1 + SALT_BYTES), await hashOf(keyring, salt));
}

function hashOf(keyring: Keyring, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(keyring.derive('master-key-fingerprint'), salt, HASH_BYTES, COST, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    );
  });
}
