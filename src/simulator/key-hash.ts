/**
 * 64 bits of a text or of bytes, left in two fields instead of an object or a bigint: it runs once for each call.
 * Two of a million keys meet by accident with probability 3e-8, so a counted duplicate is a real one.
 */
export class KeyHash {
  high = 0;
  low = 0;

  ofText(text: string, start = 0, end = text.length): void {
    let one = 0xdeadbeef;
    let two = 0x41c6ce57;
    for (let at = start; at < end; at++) {
      const unit = text.charCodeAt(at);
      one = Math.imul(one ^ unit, 2_654_435_761);
      two = Math.imul(two ^ unit, 1_597_334_677);
    }
    this.#finish(one, two);
  }

  /** Starts elsewhere than ofText, so that a body and a text that look alike are two keys. */
  ofBytes(bytes: Uint8Array): void {
    let one = 0x9e3779b9;
    let two = 0x7f4a7c15;
    for (const byte of bytes) {
      one = Math.imul(one ^ byte, 2_654_435_761);
      two = Math.imul(two ^ byte, 1_597_334_677);
    }
    this.#finish(one, two);
  }

  #finish(one: number, two: number): void {
    const first = Math.imul(one ^ (one >>> 16), 2_246_822_507) ^ Math.imul(two ^ (two >>> 13), 3_266_489_909);
    const second =
      Math.imul(two ^ (two >>> 16), 2_246_822_507) ^ Math.imul(first ^ (first >>> 13), 3_266_489_909);
    this.low = first >>> 0;
    this.high = second >>> 0;
  }
}
