/** Providers' usual bodies are smaller by far. They are always read, whatever the large ones do. */
const SMALL_BYTES = 64 * 1024;
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * The room for large bodies, over all requests of this process: a body is held whole before anything can prove it, so
 * that without a bound whoever opens some hundred connections takes a gigabyte. What is not announced counts as the
 * largest that is taken.
 */
export class LargeBodies {
  private bytes = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly room = MOST_BYTES,
  ) {}

  /** Gives the room back when it is called, once; undefined: there is none now. One body is let in however large. */
  enter(announced: string | undefined): (() => void) | undefined {
    const bytes = Math.min(Number(announced ?? this.maxBytes), this.maxBytes);
    if (bytes <= SMALL_BYTES) return () => undefined;
    if (this.bytes > 0 && this.bytes + bytes > this.room) return undefined;
    this.bytes += bytes;
    return () => {
      this.bytes -= bytes;
    };
  }
}
