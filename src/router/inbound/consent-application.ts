import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { ContactConsentRepository, type ConsentChange } from '../../contacts/contact-consent.repository.js';
import type { Queryable } from '../../database/sql.js';
import { Outbox } from '../../events/outbox.js';
import { SuppressionRepository } from '../../ledger/suppression.repository.js';
import type { AutoReply } from './auto-reply.js';
import { CONSENT_REPLIES, ConsentWords, type ConsentWord } from './consent-words.js';
import type { StoredInbound } from './inbound-row.js';

export interface Consented {
  /** Messages that said nothing but a word of consent: rules leave them alone. */
  readonly spoken: ReadonlySet<string>;
  /** To those for whom it changed something. */
  readonly replies: readonly AutoReply[];
}

interface Wish {
  readonly message: StoredInbound;
  readonly word: ConsentWord;
}

const SOURCE = 'inbound';
const REASON = 'the person wrote a word that means stop';

/**
 * Words of consent, before anything else is made of a message: STOP suppresses in the transaction that stores it, and
 * the barrier of every running campaign looks there (P6). The newest word of a person counts. Who says again what is
 * so already is not answered: two machines that say STOP to each other would never end.
 */
@Injectable()
export class ConsentApplication {
  private readonly words: ConsentWords;

  constructor(
    private readonly contacts: ContactConsentRepository,
    private readonly suppressions: SuppressionRepository,
    private readonly outbox: Outbox,
    private readonly config: Config,
  ) {
    this.words = new ConsentWords(config.consent.stopWords, config.consent.resumeWords);
  }

  async apply(tx: Queryable, stored: readonly StoredInbound[]): Promise<Consented> {
    const spoken = new Set<string>();
    const newest = new Map<string, Wish>();
    for (const message of stored) {
      const word = this.words.find(message.text);
      if (word === null) continue;
      spoken.add(message.id);
      newest.set(message.contactId, { message, word });
    }
    if (newest.size === 0) return { spoken, replies: [] };
    const wishes = [...newest.values()];
    const changed = [
      ...(await this.stop(
        tx,
        wishes.filter(({ word }) => word.wants === 'stop'),
      )),
      ...(await this.resume(
        tx,
        wishes.filter(({ word }) => word.wants === 'resume'),
      )),
    ];
    return { spoken, replies: changed.flatMap((wish) => this.replyTo(wish)) };
  }

  private async stop(tx: Queryable, wishes: readonly Wish[]): Promise<Wish[]> {
    if (wishes.length === 0) return [];
    for (const [workspaceId, recipients] of byWorkspace(wishes)) {
      await this.suppressions.suppress(tx, {
        workspaceId,
        recipients,
        category: 'all',
        reason: REASON,
        source: SOURCE,
      });
    }
    const changed = new Set(await this.contacts.optOut(tx, wishes.map(changeOf)));
    return this.told(tx, 'contact.opted_out', wishes, changed);
  }

  private async resume(tx: Queryable, wishes: readonly Wish[]): Promise<Wish[]> {
    if (wishes.length === 0) return [];
    for (const [workspaceId, recipients] of byWorkspace(wishes)) {
      await this.suppressions.lift(tx, workspaceId, recipients);
    }
    const changed = new Set(await this.contacts.optIn(tx, wishes.map(changeOf)));
    return this.told(tx, 'contact.opted_in', wishes, changed);
  }

  private async told(
    tx: Queryable,
    type: 'contact.opted_out' | 'contact.opted_in',
    wishes: readonly Wish[],
    changed: ReadonlySet<string>,
  ): Promise<Wish[]> {
    const effective = wishes.filter(({ message }) => changed.has(message.contactId));
    await this.outbox.addAll(
      tx,
      effective.map(({ message }) => ({
        workspaceId: message.workspaceId,
        type,
        payload: {
          contactId: message.contactId,
          phone: message.recipient,
          channelId: message.channelId,
          reason: reasonOf(message),
        },
        recipient: message.recipient,
      })),
    );
    return effective;
  }

  private replyTo({ message, word }: Wish): AutoReply[] {
    const { stopReply, resumeReply } = this.config.consent;
    const own = word.wants === 'stop' ? stopReply : resumeReply;
    if (own === 'off') return [];
    const text = own === '' ? CONSENT_REPLIES[word.wants][word.language ?? 'es'] : own;
    return [{ to: message, content: { type: 'text', text } }];
  }
}

function changeOf({ message }: Wish): ConsentChange {
  return { workspaceId: message.workspaceId, contactId: message.contactId, reason: reasonOf(message) };
}

function reasonOf({ text }: StoredInbound): string {
  return `wrote "${text.trim().slice(0, 60)}"`;
}

function byWorkspace(wishes: readonly Wish[]): Map<string, string[]> {
  const recipients = new Map<string, string[]>();
  for (const { message } of wishes) {
    const known = recipients.get(message.workspaceId) ?? [];
    known.push(message.recipient);
    recipients.set(message.workspaceId, known);
  }
  return recipients;
}
