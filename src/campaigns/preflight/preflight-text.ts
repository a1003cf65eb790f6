import type { MessageContent } from '../../channels/providers/message-content.js';
import { plainWords, STOP_WORDS } from '../../common/opt-out-words.js';

/** Of what people read in a message: what makes them report it, or makes WhatsApp doubt it. */
export interface TextFindings {
  /** There is a text of ours that says nothing of how to opt out; that of a template is its provider's. */
  readonly lacksOptOut: boolean;
  readonly isAllCapitals: boolean;
  /** Hosts of shortened links, each once. */
  readonly shorteners: readonly string[];
}

/** Fewer letters than this are a word or two, which may be in capitals. */
const LEAST_LETTERS = 20;
const MOST_CAPITALS = 0.8;

const SHORTENERS = [
  'acortar.link',
  'bit.do',
  'bit.ly',
  'bitly.com',
  'buff.ly',
  'cutt.ly',
  'goo.gl',
  'is.gd',
  'lnkd.in',
  'n9.cl',
  'ow.ly',
  'rb.gy',
  'rebrand.ly',
  's.id',
  'shorturl.at',
  't.co',
  't.ly',
  'tiny.cc',
  'tinyurl.com',
  'v.gd',
];

/** What people are told to do beside writing such a word, as plainWords has it. */
const OPT_OUT_PHRASES = [
  'salir',
  'desuscribirte',
  'desuscribirse',
  'no recibir',
  'dejar de recibir',
  'deixar de receber',
  'nao receber',
];

/** Alone they are an opt-out; in the middle of a text they are a word like any other. */
const ORDINARY_WORDS = new Set(['alto', 'detener', 'pare', 'remover', 'end', 'quit']);

const KNOWN_WORDS = [...Object.values(STOP_WORDS).flat(), ...OPT_OUT_PHRASES].filter(
  (word) => !ORDINARY_WORDS.has(word),
);

const VARIABLE = /\{\{[^{}]*\}\}/g;

/** `optOutWords`: the deployment's own, beside those that people know. */
export function findingsIn(content: MessageContent, optOutWords: readonly string[] = []): TextFindings {
  const ours = ownTexts(content);
  const whole = [...stringsIn(content)].join('\n').toLowerCase();
  const words = [...KNOWN_WORDS, ...optOutWords.map(plainWords)];
  const said = ` ${plainWords(ours.join('\n'))} `;
  return {
    lacksOptOut: ours.length > 0 && !words.some((word) => said.includes(` ${word} `)),
    isAllCapitals: ours.some(isShouted),
    shorteners: SHORTENERS.filter((host) => new RegExp(`(?<![\\w.-])${escaped(host)}(?=/)`).test(whole)),
  };
}

function ownTexts(content: MessageContent): string[] {
  switch (content.type) {
    case 'text':
      return [content.text];
    case 'template':
      return [];
    case 'interactive':
      return interactiveTexts(content.interactive);
    default:
      return content.caption === undefined ? [] : [content.caption];
  }
}

/** Header, body and footer; what buttons and rows say is short, and often an id. */
function interactiveTexts(interactive: Readonly<Record<string, unknown>>): string[] {
  return ['header', 'body', 'footer'].flatMap((part) => {
    const { text } = (interactive[part] ?? {}) as { readonly text?: unknown };
    return typeof text === 'string' ? [text] : [];
  });
}

function* stringsIn(node: unknown): Generator<string> {
  if (typeof node === 'string') yield node;
  else if (typeof node === 'object' && node !== null) {
    for (const child of Object.values(node)) yield* stringsIn(child);
  }
}

function isShouted(text: string): boolean {
  const letters =
    text
      .replace(VARIABLE, '')
      .replace(/\bhttps?:\/\/\S+/gi, '')
      .match(/\p{L}/gu) ?? [];
  const capitals = letters.filter((letter) => letter !== letter.toLowerCase()).length;
  return letters.length >= LEAST_LETTERS && capitals / letters.length >= MOST_CAPITALS;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\-]/g, String.raw`\$&`);
}
