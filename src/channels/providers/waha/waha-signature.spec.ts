import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSignedWith } from './waha-signature.js';

const BODY = Buffer.from('{"event":"message","session":"default","engine":"WEBJS"}');
const SIGNATURE = createHmac('sha512', 'my-secret-key').update(BODY).digest('hex');

function proof(signature: string | undefined, rawBody = BODY) {
  return { headers: { 'x-webhook-hmac': signature }, rawBody, url: null };
}

describe('the signature of a webhook', () => {
  it("is the HMAC-SHA512 of the bytes, as in WAHA's own example", () => {
    expect(SIGNATURE).toBe(
      '208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89',
    );
    expect(isSignedWith('my-secret-key', proof(SIGNATURE))).toBe(true);
    expect(isSignedWith('my-secret-key', proof(SIGNATURE.toUpperCase()))).toBe(true);
  });

  it('is refused for other bytes, another key, none, or another form', () => {
    expect(isSignedWith('my-secret-key', proof(SIGNATURE, Buffer.from('{}')))).toBe(false);
    expect(isSignedWith('other-secret', proof(SIGNATURE))).toBe(false);
    expect(isSignedWith('', proof(createHmac('sha512', 'x').update(BODY).digest('hex')))).toBe(false);
    expect(isSignedWith('my-secret-key', proof(undefined))).toBe(false);
    expect(isSignedWith('my-secret-key', proof(`sha512=${SIGNATURE}`))).toBe(false);
    expect(isSignedWith('my-secret-key', proof(SIGNATURE.slice(0, 64)))).toBe(false);
  });
});
