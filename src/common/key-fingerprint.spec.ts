import { describe, expect, it } from 'vitest';
import { fingerprintOf, isFingerprintOf } from './key-fingerprint.js';
import { Keyring } from './keyring.js';

const keyring = new Keyring('m'.repeat(32));

describe('the fingerprint of a master key', () => {
  it('knows the key it was taken of, and no other', async () => {
    const fingerprint = await fingerprintOf(keyring);
    expect(await isFingerprintOf(fingerprint, new Keyring('m'.repeat(32)))).toBe(true);
    expect(await isFingerprintOf(fingerprint, new Keyring('m'.repeat(33)))).toBe(false);
  });

  it('is another each time, so that two databases with one key do not show it', async () => {
    expect(await fingerprintOf(keyring)).not.toEqual(await fingerprintOf(keyring));
  });

  it('holds neither the key nor one that seals', async () => {
    const fingerprint = await fingerprintOf(keyring);
    for (const secret of [Buffer.from('m'.repeat(32)), keyring.derive('channel-settings')]) {
      expect(fingerprint.includes(secret.subarray(0, 8))).toBe(false);
    }
  });

  it('refuses one of a form that it does not know, rather than calling the key wrong', async () => {
    await expect(isFingerprintOf(Buffer.from([9, 1, 2]), keyring)).rejects.toThrow('not in a form');
  });
});
