import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { signatureOf } from '../support/webhooks.js';
import type { Dice } from './dice.js';

/** The right signature but for one digit. */
export function changedAt(right: string, place: number): string {
  const at = 'sha256='.length + place;
  return right.slice(0, at) + (right[at] === '0' ? '1' : '0') + right.slice(at + 1);
}

/** Signatures that look like one of these bytes, and are none. */
export function forgedSignatures(body: Buffer, secret: string, dice: Dice): string[] {
  const right = signatureOf(body, secret);
  const hex = right.slice('sha256='.length);
  const digest = (algorithm: string): string => createHmac(algorithm, secret).update(body).digest('hex');
  return [
    '',
    'sha256=',
    hex,
    right.toUpperCase(),
    `sha256=${hex.toUpperCase()}`,
    `SHA256=${hex}`,
    right.slice(0, -1),
    right.slice(0, -2),
    `${right}0`,
    `${right}, ${right}`,
    `sha256= ${hex}`,
    `sha1=${digest('sha1')}`,
    `sha512=${digest('sha512')}`,
    `sha256=${digest('sha512').slice(0, 64)}`,
    `sha256=${Buffer.from(hex, 'hex').toString('base64')}`,
    signatureOf(body, `${secret} `),
    ...Array.from({ length: 20 }, () => changedAt(right, Math.floor(dice.between(0, 64)))),
  ];
}

/** Bodies that say the same in other bytes, or nearly the same. */
export function changedBodies(body: Buffer, dice: Dice): Buffer[] {
  const text = body.toString();
  const read = JSON.parse(text) as object;
  const texts = [
    JSON.stringify(Object.fromEntries(Object.entries(read).toReversed())),
    JSON.stringify(read, null, 1),
    `${text}\n`,
    ` ${text}`,
    `\ufeff${text}`,
    text.normalize('NFC'),
    text.replaceAll('👩', '\\ud83d\\udc69'),
    text.replace('ñ', '\\u00f1'),
    text.slice(0, -1),
    '',
  ];
  const flips = Array.from({ length: 60 }, () => {
    const flipped = Buffer.from(body);
    const at = Math.floor(dice.between(0, body.length));
    flipped[at] = flipped[at]! ^ (1 << Math.floor(dice.between(0, 8)));
    return flipped;
  });
  return [...texts.map((other) => Buffer.from(other)), ...flips, gzipSync(body)];
}
