import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Keyring } from '../common/keyring.js';

/** Whose settings they are; sealed settings open under no other row. */
export interface SettingsOwner {
  readonly workspaceId: string;
  readonly channelId: string;
}

/** Names the key, so that a next one can open what this one sealed. */
const KEY_ID = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES;

/**
 * A channel's settings at rest: key id, nonce, AES-256-GCM of the JSON, tag. Table, column, workspace and row are
 * authenticated with it: a value that is copied to another row, or another workspace's, does not open there.
 */
@Injectable()
export class SealedSettings {
  private readonly key: Buffer;

  constructor(keyring: Keyring) {
    this.key = keyring.derive('channel-settings');
  }

  seal(settings: Readonly<Record<string, unknown>>, owner: SettingsOwner): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(placeOf(owner));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(settings), 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.from([KEY_ID]), nonce, sealed, cipher.getAuthTag()]);
  }

  /** Throws when the master key is another one or the value was not sealed for this row. */
  open(sealed: Buffer, owner: SettingsOwner): Readonly<Record<string, unknown>> {
    if (sealed.length < HEADER_BYTES + TAG_BYTES || sealed[0] !== KEY_ID) {
      throw new Error(
        `the settings of channel ${owner.channelId} are not in a form that this version can open`,
      );
    }
    const decipher = createDecipheriv('aes-256-gcm', this.key, sealed.subarray(1, HEADER_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(placeOf(owner));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const text = unsealed(() =>
      Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES, -TAG_BYTES)), decipher.final()]),
    );
    if (text === undefined) {
      throw new Error(
        `the settings of channel ${owner.channelId} do not open: CAUDAL_MASTER_KEY is not the one that sealed them, ` +
          'or they were moved here from another channel',
      );
    }
    return JSON.parse(text.toString()) as Record<string, unknown>;
  }
}

function placeOf(owner: SettingsOwner): Buffer {
  return Buffer.from(`channels.sealed_settings/${owner.workspaceId}/${owner.channelId}`);
}

/** OpenSSL's own error says nothing that helps, and differs between versions. */
function unsealed(open: () => Buffer): Buffer | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}
