const CHUNK_BITS = 20;
const CHUNK_BYTES = 1 << CHUNK_BITS;

/**
 * Texts as UTF-8 bytes in chunks of 1 MB: a million recipients and callback data are 45 MB that the garbage
 * collector never walks. An address is a byte offset; no text straddles two chunks.
 */
export class TextArena {
  readonly #chunks: Buffer[] = [Buffer.allocUnsafe(CHUNK_BYTES)];
  #next = 0;

  /** Where the next texts will stand; there is room for `bytes` in one piece. */
  reserve(bytes: number): number {
    const left = this.#chunks.length * CHUNK_BYTES - this.#next;
    if (left < bytes) {
      this.#next = this.#chunks.length * CHUNK_BYTES;
      this.#chunks.push(Buffer.allocUnsafe(CHUNK_BYTES));
    }
    return this.#next;
  }

  /** Appends within the room reserved and says how many bytes it took. */
  append(text: string): number {
    const chunk = this.#chunks[this.#next >>> CHUNK_BITS]!;
    const written = chunk.write(text, this.#next & (CHUNK_BYTES - 1), 'utf8');
    this.#next += written;
    return written;
  }

  read(address: number, bytes: number): string {
    const start = address & (CHUNK_BYTES - 1);
    return this.#chunks[address >>> CHUNK_BITS]!.toString('utf8', start, start + bytes);
  }

  startsWith(address: number, bytes: number, prefix: Buffer): boolean {
    if (bytes < prefix.length) return false;
    const chunk = this.#chunks[address >>> CHUNK_BITS]!;
    const start = address & (CHUNK_BYTES - 1);
    for (let at = 0; at < prefix.length; at++) if (chunk[start + at] !== prefix[at]) return false;
    return true;
  }
}
