import { SaxesParser } from 'saxes';
import { FileRefused } from '../file-refused.js';

export type Attributes = Readonly<Record<string, string>>;

/** Names come without their prefix: some programs write `x:row` for `row`. */
export interface XmlHandler {
  open(name: string, attributes: Attributes): void;
  text?(text: string): void;
  close?(name: string): void;
}

const OPTIONS = { xmlns: false, position: false } as const;
/** Deeper than any part of a workbook. */
const MOST_DEPTH = 64;
/** The longest text or tag; a cell has 32,767 characters at the most. */
const MOST_CHARACTERS_AN_EVENT = 2_000_000;

/**
 * Feeds XML to a handler, chunk by chunk, in bounded memory: the parser expands no entity but the five of XML itself,
 * a DOCTYPE is refused, and so is text that goes on without an end.
 */
export class XmlFeed {
  private readonly parser = new SaxesParser<typeof OPTIONS>(OPTIONS);
  private decoder: InstanceType<typeof TextDecoder> | undefined;
  private depth = 0;
  private sinceEvent = 0;

  constructor(handler: XmlHandler) {
    this.parser.on('error', ({ message }) => {
      throw new FileRefused(`the workbook is damaged: ${message}`);
    });
    this.parser.on('doctype', () => {
      throw new FileRefused('the workbook has a DOCTYPE, which none has');
    });
    this.parser.on('opentag', ({ name, attributes }) => {
      this.sinceEvent = 0;
      this.depth += 1;
      if (this.depth > MOST_DEPTH) throw new FileRefused('the workbook is damaged: its XML is too deep');
      handler.open(localName(name), attributes);
    });
    const onText = (text: string): void => handler.text?.(text);
    this.parser.on('text', onText);
    this.parser.on('cdata', onText);
    this.parser.on('closetag', ({ name }) => {
      this.sinceEvent = 0;
      this.depth -= 1;
      handler.close?.(localName(name));
    });
  }

  write(chunk: Buffer): void {
    this.decoder ??= new TextDecoder(isUtf16(chunk) ? 'utf-16le' : 'utf-8');
    const text = this.decoder.decode(chunk, { stream: true });
    this.sinceEvent += text.length;
    this.parser.write(text);
    if (this.sinceEvent > MOST_CHARACTERS_AN_EVENT) {
      throw new FileRefused('the workbook is damaged: it has a text without an end');
    }
  }

  end(): void {
    this.parser.close();
  }
}

/** For the small parts: those that say where things are and how they look. */
export async function readXml(chunks: AsyncIterable<Buffer>, handler: XmlHandler): Promise<void> {
  const feed = new XmlFeed(handler);
  for await (const chunk of chunks) feed.write(chunk);
  feed.end();
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function isUtf16(chunk: Buffer): boolean {
  return chunk[0] === 0xff && chunk[1] === 0xfe;
}
