import { randomBytes } from 'node:crypto';

const SENT_BY_BUSINESS = 0x11;
const SENT_BY_USER = 0x12;
const SERIAL_DIGITS = 10;
const TAIL_BYTES = 19;

/**
 * wamids in WhatsApp's own shape: the account's digits and 18 hexadecimal ones in base64. The latter are the salt of
 * this run and the row of the ledger, so ids cost no memory, lead back to their row, and never repeat between runs.
 */
export class MessageIds {
  #salt = newSalt();
  readonly #scratch = Buffer.alloc(64);

  /** Ids given before no longer lead anywhere. */
  renew(): void {
    this.#salt = newSalt();
  }

  sent(row: number, waId: string): string {
    return this.#encode(waId, SENT_BY_BUSINESS, row);
  }

  received(serial: number, waId: string): string {
    return this.#encode(waId, SENT_BY_USER, serial);
  }

  /** The row of an id that `sent` gave, or undefined. */
  rowOf(id: string): number | undefined {
    if (!id.startsWith('wamid.')) return undefined;
    const bytes = Buffer.from(id.slice('wamid.'.length), 'base64');
    if (bytes.length <= TAIL_BYTES + 2 || bytes[bytes.length - TAIL_BYTES - 3] !== SENT_BY_BUSINESS)
      return undefined;
    const tail = bytes.toString('latin1', bytes.length - TAIL_BYTES, bytes.length - 1);
    if (!tail.startsWith(this.#salt)) return undefined;
    return Number.parseInt(tail.slice(this.#salt.length), 16);
  }

  #encode(waId: string, direction: number, serial: number): string {
    const account = waId.slice(0, 24);
    const bytes = this.#scratch;
    bytes[0] = 0x1c;
    bytes[1] = 0x18;
    bytes[2] = account.length;
    let at = 3 + bytes.write(account, 3, 'latin1');
    bytes[at++] = 0x15;
    bytes[at++] = 0x02;
    bytes[at++] = 0x00;
    bytes[at++] = direction;
    bytes[at++] = 0x18;
    bytes[at++] = TAIL_BYTES - 1;
    const tail = this.#salt + serial.toString(16).toUpperCase().padStart(SERIAL_DIGITS, '0');
    at += bytes.write(tail, at, 'latin1');
    bytes[at++] = 0x00;
    return `wamid.${bytes.toString('base64', 0, at)}`;
  }
}

function newSalt(): string {
  return randomBytes(4).toString('hex').toUpperCase();
}
