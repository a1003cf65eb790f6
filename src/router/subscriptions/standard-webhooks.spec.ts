import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { faultOfSecret, newSecret, signedHeaders } from './standard-webhooks.js';
import { secretsThatSign } from './subscription.js';

const BODY = '{"type":"message.received","data":{"text":"¿Hola? 👋"}}';

function headersOf(secrets: readonly string[]): Record<string, string> {
  const flat = signedHeaders({ id: 'evt_17', atMs: Date.now(), body: BODY }, secrets);
  return Object.fromEntries(
    Array.from({ length: flat.length / 2 }, (_, n) => [flat[2 * n]!, flat[2 * n + 1]!]),
  );
}

describe('a signed webhook', () => {
  it('is believed by the public library, by whoever has any of the secrets, and by nobody else', () => {
    const [first, second, third] = [newSecret(), newSecret(), newSecret()];
    const headers = headersOf([first!, second!]);
    expect(new Webhook(first!).verify(BODY, headers)).toEqual(JSON.parse(BODY));
    expect(new Webhook(second!).verify(BODY, headers)).toEqual(JSON.parse(BODY));
    expect(() => new Webhook(third!).verify(BODY, headers)).toThrow('signature');
    expect(() => new Webhook(first!).verify(`${BODY} `, headers)).toThrow('signature');
    expect(() => new Webhook(first!).verify(BODY, { ...headers, 'webhook-id': 'evt_18' })).toThrow(
      'signature',
    );
  });

  it('is signed by the old secret only until its time is over', () => {
    const secrets = { current: 'new', before: { secret: 'old', untilMs: 1000 } };
    expect(secretsThatSign(secrets, 999)).toEqual(['new', 'old']);
    expect(secretsThatSign(secrets, 1000)).toEqual(['new']);
    expect(secretsThatSign({ current: 'new' }, 0)).toEqual(['new']);
  });
});

describe('a secret', () => {
  it('may be one that is made here, or brought, of 24 to 64 bytes', () => {
    expect(faultOfSecret(newSecret())).toBeUndefined();
    for (const bytes of [24, 64]) {
      expect(faultOfSecret(`whsec_${Buffer.alloc(bytes, 9).toString('base64')}`)).toBeUndefined();
    }
  });

  it.each([
    '',
    'whsec_',
    Buffer.alloc(32).toString('base64'),
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    `whsec_${'!'.repeat(40)}`,
    `whsec_${Buffer.alloc(32, 255).toString('base64url')}`,
  ])('is refused as "%s", without being repeated', (secret) => {
    const fault = faultOfSecret(secret)!;
    expect(fault).toContain('must be "whsec_"');
    if (secret.length > 10) expect(fault).not.toContain(secret.slice(6));
  });
});
