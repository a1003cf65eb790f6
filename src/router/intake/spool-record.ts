import { crc32 } from 'node:zlib';
import type { WebhookEvent } from './webhook-event.js';

/** Length of what follows, its CRC-32, then the length of the head and the head (JSON), then the body as it came. */
const FRAME_BYTES = 8;
const HEAD_LENGTH_BYTES = 4;

export function spoolRecordOf({ body, ...head }: WebhookEvent): Buffer {
  const headBytes = Buffer.from(JSON.stringify(head));
  const record = Buffer.allocUnsafe(FRAME_BYTES + HEAD_LENGTH_BYTES + headBytes.length + body.length);
  record.writeUInt32LE(record.length - FRAME_BYTES, 0);
  record.writeUInt32LE(headBytes.length, FRAME_BYTES);
  headBytes.copy(record, FRAME_BYTES + HEAD_LENGTH_BYTES);
  body.copy(record, FRAME_BYTES + HEAD_LENGTH_BYTES + headBytes.length);
  record.writeUInt32LE(crc32(record.subarray(FRAME_BYTES)), 4);
  return record;
}

export interface ReadSpool {
  readonly events: readonly WebhookEvent[];
  /** Bytes at the end that are no whole record: of one that was being written when the machine or the process ended. */
  readonly tornBytes: number;
}

/** The whole records of a segment, in the order in which they were written. */
export function readSpool(bytes: Buffer): ReadSpool {
  const events: WebhookEvent[] = [];
  let at = 0;
  while (at < bytes.length) {
    const record = recordAt(bytes, at);
    if (record === undefined) break;
    const headEnd = HEAD_LENGTH_BYTES + record.readUInt32LE(0);
    const head = JSON.parse(record.toString('utf8', HEAD_LENGTH_BYTES, headEnd)) as Omit<
      WebhookEvent,
      'body'
    >;
    events.push({ ...head, body: record.subarray(headEnd) });
    at += FRAME_BYTES + record.length;
  }
  return { events, tornBytes: bytes.length - at };
}

function recordAt(bytes: Buffer, at: number): Buffer | undefined {
  if (bytes.length - at < FRAME_BYTES + HEAD_LENGTH_BYTES) return undefined;
  const length = bytes.readUInt32LE(at);
  const record = bytes.subarray(at + FRAME_BYTES, at + FRAME_BYTES + length);
  if (record.length < length || length < HEAD_LENGTH_BYTES) return undefined;
  return crc32(record) === bytes.readUInt32LE(at + 4) ? record : undefined;
}
