import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSignedWith } from './cloud-signature.js';

const SECRET = 'app-secret';
/** As Meta writes it: escapes and all, which a body that was parsed and written again would lose. */
const rawBody = Buffer.from('{"object":"whatsapp_business_account","text":"\\u00e9 \\/ \\ud83d\\ude00"}');
const hex = createHmac('sha256', SECRET).update(rawBody).digest('hex');

function isSigned(header: string | readonly string[] | undefined, body = rawBody, secret = SECRET): boolean {
  return isSignedWith(secret, { headers: { 'x-hub-signature-256': header }, rawBody: body, url: null });
}

describe("Meta's signature", () => {
  it('is right over exactly the bytes that came', () => {
    expect(isSigned(`sha256=${hex}`)).toBe(true);
    expect(isSigned(`sha256=${hex}`, Buffer.from(JSON.stringify(JSON.parse(rawBody.toString()))))).toBe(
      false,
    );
    expect(isSigned(`sha256=${hex}`, Buffer.concat([rawBody, Buffer.from(' ')]))).toBe(false);
  });

  it('is wrong under another secret, and under none', () => {
    expect(isSigned(`sha256=${hex}`, rawBody, 'other')).toBe(false);
    const unkeyed = createHmac('sha256', '').update(rawBody).digest('hex');
    expect(isSigned(`sha256=${unkeyed}`, rawBody, '')).toBe(false);
  });

  it.each([
    undefined,
    '',
    hex,
    `sha1=${hex.slice(0, 40)}`,
    `sha512=${hex}`,
    `SHA256=${hex}`,
    `sha256=${hex.toUpperCase()}`,
    `sha256=${hex.slice(2)}`,
    `sha256=${hex}00`,
    `sha256=${hex} `,
    `sha256=${hex.slice(0, -1)}g`,
    [`sha256=${hex}`, `sha256=${hex}`],
  ])('is refused in any other form (%s)', (header) => {
    expect(isSigned(header)).toBe(false);
  });
});
