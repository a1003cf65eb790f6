import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Names the key, so that a next one can open what this one sealed. */
const KEY_ID = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES;

/**
 * A secret at rest: key id, nonce, AES-256-GCM of the text, tag. The place where it is kept (table, column, workspace,
 * row) is authenticated with it: a value that is copied to another row, or another workspace's, does not open there.
 */
export class Sealing {
  /** @param key of a purpose of its own; see Keyring */
  constructor(private readonly key: Buffer) {}

  seal(text: string, place: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.from([KEY_ID]), nonce, sealed, cipher.getAuthTag()]);
  }

  knowsForm(sealed: Buffer): boolean {
    return sealed.length >= HEADER_BYTES + TAG_BYTES && sealed[0] === KEY_ID;
  }

  /** Undefined when the key is another one, or it was not sealed for this place. */
  open(sealed: Buffer, place: string): string | undefined {
    if (!this.knowsForm(sealed)) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', this.key, sealed.subarray(1, HEADER_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      const text = [decipher.update(sealed.subarray(HEADER_BYTES, -TAG_BYTES)), decipher.final()];
      return Buffer.concat(text).toString();
    } catch {
      // OpenSSL's own error says nothing that helps, and differs between versions.
      return undefined;
    }
  }
}
