import { Transform, type TransformCallback } from 'node:stream';

const MARK = ',"base64":"';
/** What stands before the file in the answer: its names, types and sizes. */
const MOST_BEFORE = 65_536;

/** Raised into the stream of a file that is larger than it may be. */
export class MediaTooLargeError extends Error {}

/** Raised where the answer holds no file, or not all of it. */
export class MediaUnreadableError extends Error {}

/**
 * The bytes of the member "base64" of a JSON object as it comes in, of which no more is held than a chunk: such an
 * answer has four thirds of the size of its file. The mark cannot stand within a text, whose quotes are escaped.
 * `onHead` is given what stands before it, as JSON of its own.
 */
export class Base64Member extends Transform {
  private head = '';
  private part: 'before' | 'within' | 'behind' = 'before';
  /** Of a group of four characters, what the last chunk held. */
  private rest = '';
  private bytes = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly onHead: (json: string) => void,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.part === 'behind') return done();
    // Bytes, because a character may be cut in two by the end of a chunk; what is searched for is plain.
    const text = chunk.toString('latin1');
    const within = this.part === 'within' ? text : this.searched(text);
    if (this.head.length > MOST_BEFORE) return done(new MediaUnreadableError('the answer holds no file'));
    done(within === undefined ? null : this.decoded(within));
  }

  override _flush(done: TransformCallback): void {
    done(this.part === 'behind' ? null : new MediaUnreadableError('the answer does not hold the whole file'));
  }

  /** What stands behind the mark, once it has come. */
  private searched(text: string): string | undefined {
    const from = Math.max(0, this.head.length - MARK.length);
    this.head += text;
    const at = this.head.indexOf(MARK, from);
    if (at === -1) return undefined;
    this.part = 'within';
    const within = this.head.slice(at + MARK.length);
    this.onHead(Buffer.from(`${this.head.slice(0, at)}}`, 'latin1').toString());
    this.head = '';
    return within;
  }

  private decoded(text: string): Error | null {
    const end = text.indexOf('"');
    const characters = this.rest + (end === -1 ? text : text.slice(0, end));
    if (end !== -1) this.part = 'behind';
    const whole = end === -1 ? characters.length - (characters.length % 4) : characters.length;
    this.rest = characters.slice(whole);
    const bytes = Buffer.from(characters.slice(0, whole), 'base64');
    this.bytes += bytes.length;
    if (this.bytes > this.maxBytes)
      return new MediaTooLargeError(`the file has more than ${this.maxBytes} bytes`);
    if (bytes.length > 0) this.push(bytes);
    return null;
  }
}
