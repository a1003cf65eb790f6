import { signatureOf } from '../support/webhooks.js';
import type { Dice } from './dice.js';

export const APP_SECRET = 'the-app-secret-of-the-chaos-specs';

/** A little less than LIVES have on the average, so that there are no fewer than were asked for. */
const STATUSES_OF_A_MESSAGE = 2.35;
const MOST_OF_A_BODY = 8;
/** Of all bodies, those that come again byte for byte; the rest of what comes twice comes in other company. */
const REPEATED = 0.15;
/** Of all messages, those whose statuses name no correlation id: found by the provider's id, once that is known. */
const NAMED_BY_PROVIDER = 0.05;

/** What becomes of messages; the last word is where each ends, in whatever order they are told. */
const LIVES = [
  ['sent', 'delivered', 'read'],
  ['sent', 'delivered', 'read'],
  ['delivered', 'read'],
  ['sent', 'delivered'],
  ['sent', 'failed'],
] as const;
type Word = (typeof LIVES)[number][number];

const STOPS = ['STOP', 'Baja', ' ¡Baja! ', 'Sair.', 'no me escriban más'] as const;

/** A message as its webhooks leave it. */
export interface Life {
  readonly seq: number;
  readonly words: readonly Word[];
  /** Null where its statuses hold the correlation id. */
  readonly providerId: string | null;
}

export interface Person {
  readonly waId: string;
  /** As it is kept. */
  readonly recipient: string;
  readonly messageIds: string[];
  wantsToStop: boolean;
}

/** One status or one message, as it stands in a body. */
type Item = { readonly status: object } | { readonly message: object; readonly contact: object };

/** A body and its headers, ready to be posted. */
export interface Post {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface TrafficOptions {
  readonly accountRef: string;
  /** Of a dispatch whose messages are known by their seq, from 1 on. */
  readonly dispatchId: string;
  readonly statuses: number;
  readonly inbound: number;
  /** Nobody writes in the traffic of two proofs. */
  readonly firstPerson: number;
}

/** Messages that a number of statuses is told of. */
export function messagesFor(statuses: number): number {
  return Math.ceil(statuses / STATUSES_OF_A_MESSAGE);
}

/**
 * What Meta posts after a large send, at its worst: every status and every message of a person twice, in no order, in
 * bodies of one to eight, with some bodies repeated as they were. Drawn from the dice, so that a seed brings it again.
 */
export class WebhookTraffic {
  readonly lives: Life[] = [];
  readonly people: Person[] = [];
  readonly posts: readonly Post[];
  readonly differentBodies: number;
  readonly statusCount: number;

  constructor(
    private readonly dice: Dice,
    private readonly options: TrafficOptions,
  ) {
    const statuses = this.drawStatuses();
    this.statusCount = statuses.length;
    const items = [...statuses, ...this.drawMessages()];
    const bodies = [...this.bodiesOf(items), ...this.bodiesOf(items)];
    this.differentBodies = new Set(bodies.map((body) => body.toString())).size;
    const repeated = bodies.filter(() => dice.chance(REPEATED));
    this.posts = this.shuffled([...bodies, ...repeated]).map((body) => ({
      path: '/webhook',
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': signatureOf(body, APP_SECRET) },
      body,
    }));
  }

  get inboundCount(): number {
    return this.people.reduce((sum, person) => sum + person.messageIds.length, 0);
  }

  private drawStatuses(): Item[] {
    const { dispatchId, statuses } = this.options;
    const items: Item[] = [];
    for (let seq = 1; seq <= messagesFor(statuses); seq += 1) {
      const isByProvider = this.dice.chance(NAMED_BY_PROVIDER);
      const providerId = `wamid.${dispatchId}.${seq}`;
      const words = this.dice.pick(LIVES);
      this.lives.push({ seq, words, providerId: isByProvider ? providerId : null });
      words.forEach((status, nth) => {
        items.push({
          status: {
            id: providerId,
            status,
            timestamp: String(1_763_700_000 + nth),
            recipient_id: '5215510000001',
            ...(!isByProvider && { biz_opaque_callback_data: `${dispatchId}:${seq}:1` }),
            ...(status === 'failed' && { errors: [{ code: 131026, title: 'Message undeliverable' }] }),
          },
        });
      });
    }
    return items;
  }

  private drawMessages(): Item[] {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const items: Item[] = [];
    for (let left = this.options.inbound; left > 0;) {
      const nth = String(this.options.firstPerson + this.people.length);
      const waId = `52155${nth}`;
      const count = Math.min(left, Math.ceil(this.dice.between(0, 5)));
      const wantsToStop = this.dice.chance(0.2);
      const person: Person = { waId, recipient: `+5255${nth}`, messageIds: [], wantsToStop };
      this.people.push(person);
      left -= count;
      for (let written = 1; written <= count; written += 1) {
        const id = `wamid.in.${nth}.${written}`;
        person.messageIds.push(id);
        const body = wantsToStop && written === count ? this.dice.pick(STOPS) : `Pregunta ${written}`;
        items.push({
          message: { from: waId, id, timestamp, type: 'text', text: { body } },
          contact: { wa_id: waId, profile: { name: `Cliente ${nth}` } },
        });
      }
    }
    return items;
  }

  private bodiesOf(items: readonly Item[]): Buffer[] {
    const deck = this.shuffled(items);
    const bodies: Buffer[] = [];
    while (deck.length > 0) {
      const part = deck.splice(-Math.ceil(this.dice.between(0, MOST_OF_A_BODY)));
      bodies.push(bodyOf(this.options.accountRef, part));
    }
    return bodies;
  }

  private shuffled<T>(from: readonly T[]): T[] {
    const deck = [...from];
    for (let last = deck.length - 1; last > 0; last -= 1) {
      const other = Math.floor(this.dice.between(0, last + 1));
      [deck[last], deck[other]] = [deck[other]!, deck[last]!];
    }
    return deck;
  }
}

function bodyOf(accountRef: string, items: readonly Item[]): Buffer {
  const statuses = items.flatMap((item) => ('status' in item ? [item.status] : []));
  const written = items.flatMap((item) => ('message' in item ? [item] : []));
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '15550783881', phone_number_id: accountRef },
    ...(statuses.length > 0 && { statuses }),
    ...(written.length > 0 && {
      contacts: written.map(({ contact }) => contact),
      messages: written.map(({ message }) => message),
    }),
  };
  return Buffer.from(
    JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [{ id: '419561257915477', changes: [{ field: 'messages', value }] }],
    }),
  );
}

/** Messages to an Evolution channel, which does not repeat for long what was not answered 200. */
export function evolutionPosts(webhookUrl: string, firstPerson: number, count: number): Post[] {
  const { pathname } = new URL(webhookUrl);
  return Array.from({ length: count }, (_, index) => {
    const phone = `52155${firstPerson + index}`;
    const data = {
      key: { remoteJid: `${phone}@s.whatsapp.net`, fromMe: false, id: `EVO${firstPerson + index}` },
      pushName: 'Ana',
      message: { conversation: 'Buenas tardes' },
      messageType: 'conversation',
      messageTimestamp: Math.floor(Date.now() / 1000),
    };
    return {
      path: pathname,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ event: 'messages.upsert', instance: 'ventas', data })),
    };
  });
}
