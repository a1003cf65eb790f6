import { describe, expect, it } from 'vitest';
import { LineBuffer } from './line-buffer.js';

describe('lines on their way into COPY', () => {
  const textOf = (buffer: LineBuffer) => Buffer.concat([...buffer.finish().bytes]).toString();

  it('come out as they went in, over many blocks and longer than one', () => {
    const lines = [
      'Ñandú 𝕏\n',
      'x'.repeat(300_000),
      'y\n',
      ...Array.from({ length: 50_000 }, (_, i) => `línea ${i}\n`),
    ];
    const buffer = new LineBuffer();
    for (const line of lines) buffer.add(line);
    expect(buffer.count).toBe(lines.length);
    expect(buffer.bytes).toBe(Buffer.byteLength(lines.join('')));
    expect(textOf(buffer)).toBe(lines.join(''));
  });

  it('are written into blocks that others have done with', () => {
    const spare: Buffer[] = [];
    const first = new LineBuffer(spare);
    first.add('a long line of the first chunk\n');
    first.finish();
    spare.push(...first.blocks);
    const second = new LineBuffer(spare);
    second.add('short\n');
    expect(second.blocks[0]).toBe(first.blocks[0]);
    expect([textOf(second), spare]).toEqual(['short\n', []]);
  });

  it('may be none', () => {
    expect(new LineBuffer().finish()).toEqual({ count: 0, bytes: [] });
  });
});
