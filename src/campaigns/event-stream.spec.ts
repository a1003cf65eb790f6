import { EventEmitter } from 'node:events';
import type { FastifyReply } from 'fastify';
import { describe, expect, it } from 'vitest';
import { EventStream } from './event-stream.js';

/** A response whose reader is as slow as `writableLength` says. */
class FakeResponse extends EventEmitter {
  text = '';
  headers: Record<string, unknown> = {};
  writableLength = 0;
  writableEnded = false;
  destroyed = false;

  setHeader(name: string, value: unknown): void {
    this.headers[name] = value;
  }
  writeHead(_status: number, headers: Record<string, unknown>): void {
    Object.assign(this.headers, headers);
  }
  flushHeaders(): void {}
  write(text: string): void {
    this.text += text;
  }
  end(): void {
    this.writableEnded = true;
    this.emit('close');
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function open() {
  const raw = new FakeResponse();
  const reply = { raw, hijack: () => undefined, getHeaders: () => ({ vary: 'Origin' }) };
  return { raw, stream: EventStream.open(reply as unknown as FastifyReply) };
}

describe('an event stream', () => {
  it('writes events with the headers that the request already had', () => {
    const { raw, stream } = open();
    stream.send('progress', { a: 'x\ny' });
    expect(raw.text).toBe('event: progress\ndata: {"a":"x\\ny"}\n\n');
    expect(raw.headers).toMatchObject({ vary: 'Origin', 'content-type': 'text/event-stream; charset=utf-8' });
    stream.end();
  });

  it('drops a listener that does not read', () => {
    const { raw, stream } = open();
    let isClosed = false;
    stream.onClose(() => (isClosed = true));
    raw.writableLength = 262_145;
    stream.send('progress', {});
    expect([raw.destroyed, isClosed]).toEqual([true, true]);
    stream.send('progress', {});
    expect(raw.text.match(/event/g)).toHaveLength(1);
  });

  it('tells at once that it is closed when it was closed before anybody asked', () => {
    const { raw, stream } = open();
    raw.destroy();
    let isClosed = false;
    stream.onClose(() => (isClosed = true));
    expect(isClosed).toBe(true);
  });
});
