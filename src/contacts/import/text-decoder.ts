import { isAscii, isUtf8 } from 'node:buffer';

export type FileEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

const NUL = 0;
const REPLACEMENT = 0xfffd;
const FIRST_NON_ASCII = 0x80;

/**
 * Turns the bytes of a file into valid UTF-8 without NUL, chunk by chunk, so that nothing after it can meet a byte
 * that Postgres refuses. UTF-16 shows itself at the start. Windows-1252 (which contains Latin-1) shows itself only at
 * its first accented letter, which may be megabytes in; as everything before it was ASCII, and ASCII is the same in
 * both, deciding there is as good as knowing it from the start, and needs no second pass over the file.
 */
export class Utf8Stream {
  private encoding: FileEncoding = 'utf-8';
  /** Bytes were seen that only UTF-8 explains: from then on a broken byte is a broken byte. */
  private isProvenUtf8 = false;
  private decoder: InstanceType<typeof TextDecoder> | undefined;
  private incomplete: Buffer = Buffer.alloc(0);

  get detected(): FileEncoding {
    return this.encoding;
  }

  /** Looks at the first bytes and returns how many of them are a byte order mark. */
  start(head: Buffer): number {
    if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) {
      this.isProvenUtf8 = true;
      return 3;
    }
    if (head[0] === 0xff && head[1] === 0xfe) return this.use('utf-16le', 2);
    if (head[0] === 0xfe && head[1] === 0xff) return this.use('utf-16be', 2);
    return this.use(utf16WithoutMark(head) ?? 'utf-8', 0);
  }

  push(chunk: Buffer): Buffer {
    return withoutNul(this.decoder === undefined ? this.pushUtf8(chunk) : this.transcode(chunk, true));
  }

  /** What the end of the file leaves over. */
  end(): Buffer {
    if (this.decoder !== undefined) return withoutNul(this.transcode(Buffer.alloc(0), false));
    const rest = this.incomplete;
    this.incomplete = Buffer.alloc(0);
    if (rest.length === 0) return rest;
    return this.isProvenUtf8 ? Buffer.from(rest.toString('utf8')) : Buffer.from(decode1252(rest));
  }

  private use(encoding: FileEncoding, markBytes: number): number {
    this.encoding = encoding;
    if (encoding !== 'utf-8') this.decoder = new TextDecoder(encoding);
    return markBytes;
  }

  private pushUtf8(chunk: Buffer): Buffer {
    const bytes = this.incomplete.length === 0 ? chunk : Buffer.concat([this.incomplete, chunk]);
    const whole = bytes.length - incompleteTail(bytes);
    this.incomplete = bytes.subarray(whole);
    const text = bytes.subarray(0, whole);
    if (isUtf8(text)) {
      this.isProvenUtf8 ||= !isAscii(text);
      return text;
    }
    const decoded = text.toString('utf8');
    if (!this.isProvenUtf8 && isMostlyBroken(decoded)) {
      this.use('windows-1252', 0);
      this.incomplete = Buffer.alloc(0);
      return this.transcode(bytes, true);
    }
    this.isProvenUtf8 = true;
    return Buffer.from(decoded);
  }

  private transcode(bytes: Buffer, isMoreToCome: boolean): Buffer {
    return Buffer.from(this.decoder?.decode(bytes, { stream: isMoreToCome }) ?? '');
  }
}

/** Text in another encoding breaks at nearly every accented letter; a UTF-8 file with damage only here and there. */
function isMostlyBroken(decoded: string): boolean {
  let broken = 0;
  let genuine = 0;
  for (let i = 0; i < decoded.length; i += 1) {
    const code = decoded.charCodeAt(i);
    if (code === REPLACEMENT) broken += 1;
    else if (code >= FIRST_NON_ASCII) genuine += 1;
  }
  return broken > genuine;
}

/** Western text in UTF-16 has a zero in every other byte; no text in another encoding has. */
function utf16WithoutMark(head: Buffer): FileEncoding | undefined {
  const pairs = Math.min(head.length, 512) >> 1;
  if (pairs < 4) return undefined;
  let evenZeros = 0;
  let oddZeros = 0;
  for (let i = 0; i < pairs; i += 1) {
    if (head[i * 2] === NUL) evenZeros += 1;
    if (head[i * 2 + 1] === NUL) oddZeros += 1;
  }
  if (oddZeros > pairs * 0.7 && evenZeros < pairs * 0.1) return 'utf-16le';
  if (evenZeros > pairs * 0.7 && oddZeros < pairs * 0.1) return 'utf-16be';
  return undefined;
}

/** Bytes at the end that begin a character which the next chunk may complete. */
function incompleteTail(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < FIRST_NON_ASCII) return 0;
    if (byte >= 0xc0) {
      const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needs > back ? back : 0;
    }
  }
  return 0;
}

function decode1252(bytes: Buffer): string {
  return new TextDecoder('windows-1252').decode(bytes);
}

/** Old programs pad text with NUL, which Postgres cannot store: it carries no meaning, so it goes. */
function withoutNul(bytes: Buffer): Buffer {
  return bytes.includes(NUL) ? Buffer.from(bytes.filter((byte) => byte !== NUL)) : bytes;
}
