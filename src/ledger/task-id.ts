import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  timingSafeEqual,
  type Cipheriv,
  type Decipheriv,
  type KeyObject,
} from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Keyring } from '../common/keyring.js';
import type { MessagePosition } from './stream.js';

const FORM = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;
const BLOCK_BYTES = 16;
const TAG_BYTES = 4;
const SEQ_AT = 8;
const TAG_AT = 12;
const MOST_DISPATCH = 2n ** 63n - 1n;
const MOST_SEQ = 2 ** 31 - 1;

/**
 * The outside name of a single message, in the form of a uuid: one AES block that holds where the message stands and a
 * tag over that and its workspace. So it is found by the key of its row, its name tells nothing of how much is sent,
 * and an id of another workspace is the id of nothing. Stable as long as the master key is.
 */
@Injectable()
export class TaskIds {
  /**
   * Of a single block that never repeats, what ECB is weak at, blocks that are alike, does not occur. Nothing goes over
   * from one block to the next, so one of each serves for all: to make one costs 23 µs, a block 2.
   */
  private readonly cipher: Cipheriv;
  private readonly decipher: Decipheriv;
  private readonly tagKey: KeyObject;

  constructor(keyring: Keyring) {
    const blockKey = keyring.derive('task-id');
    this.cipher = createCipheriv('aes-256-ecb', blockKey, null).setAutoPadding(false);
    this.decipher = createDecipheriv('aes-256-ecb', blockKey, null).setAutoPadding(false);
    this.tagKey = createSecretKey(keyring.derive('task-id-tag'));
  }

  idOf(workspaceId: string, { dispatchId, seq }: MessagePosition): string {
    const block = Buffer.alloc(BLOCK_BYTES);
    block.writeBigUInt64BE(BigInt(dispatchId));
    block.writeUInt32BE(seq, SEQ_AT);
    this.tagOf(workspaceId, block).copy(block, TAG_AT);
    const hex = this.cipher.update(block).toString('hex');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  /** Null for what is not an id that was given out in this workspace. */
  read(workspaceId: string, id: string): MessagePosition | null {
    if (!FORM.test(id)) return null;
    const block = this.decipher.update(Buffer.from(id.replaceAll('-', ''), 'hex'));
    if (!timingSafeEqual(this.tagOf(workspaceId, block), block.subarray(TAG_AT))) return null;
    const dispatchId = block.readBigUInt64BE();
    const seq = block.readUInt32BE(SEQ_AT);
    return dispatchId <= MOST_DISPATCH && seq <= MOST_SEQ ? { dispatchId: String(dispatchId), seq } : null;
  }

  private tagOf(workspaceId: string, block: Buffer): Buffer {
    return createHmac('sha256', this.tagKey)
      .update(workspaceId)
      .update(block.subarray(0, TAG_AT))
      .digest()
      .subarray(0, TAG_BYTES);
  }
}
