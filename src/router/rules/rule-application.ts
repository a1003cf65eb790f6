import { Injectable } from '@nestjs/common';
import { variableKey, type Variables } from '../../channels/render-content.js';
import { assertNever } from '../../common/assert-never.js';
import { AttributeKeyRepository } from '../../contacts/attribute-key.repository.js';
import { ContactConsentRepository } from '../../contacts/contact-consent.repository.js';
import { ContactMarksRepository, type ContactFacts } from '../../contacts/contact-marks.repository.js';
import type { Queryable } from '../../database/sql.js';
import { Outbox } from '../../events/outbox.js';
import { SuppressionRepository } from '../../ledger/suppression.repository.js';
import type { AutoReply } from '../inbound/auto-reply.js';
import type { StoredInbound } from '../inbound/inbound-row.js';
import { RuleBook, type ReadyRule } from './rule-book.js';
import { RuleEffects } from './rule-effects.js';
import type { Rule } from './rule.js';

export interface Ruled {
  readonly replies: readonly AutoReply[];
  readonly forwards: readonly { readonly message: StoredInbound; readonly rule: Rule }[];
}

/** Tries the rules of a workspace on what came in, in order, up to the first that says stop. */
@Injectable()
export class RuleApplication {
  constructor(
    private readonly book: RuleBook,
    private readonly marks: ContactMarksRepository,
    private readonly attributeKeys: AttributeKeyRepository,
    private readonly consent: ContactConsentRepository,
    private readonly suppressions: SuppressionRepository,
    private readonly outbox: Outbox,
  ) {}

  async apply(tx: Queryable, messages: readonly StoredInbound[]): Promise<Ruled> {
    const effects = new RuleEffects();
    for (const message of messages) {
      for (const ready of await this.book.rulesOf(message.workspaceId)) {
        if (!concerns(ready, message)) continue;
        collect(effects, ready, message);
        if (ready.rule.stop) break;
      }
    }
    await this.mark(tx, effects);
    await this.optOut(tx, effects);
    return { replies: await this.rendered(tx, effects), forwards: effects.forwards };
  }

  private async mark(tx: Queryable, effects: RuleEffects): Promise<void> {
    const marks = effects.marks();
    await this.marks.write(tx, marks);
    for (const [workspaceId, names] of effects.attributeNames()) {
      await this.attributeKeys.remember(tx, workspaceId, names);
    }
  }

  private async optOut(tx: Queryable, effects: RuleEffects): Promise<void> {
    for (const { message, rule } of effects.optOuts()) {
      const { workspaceId, contactId, recipient } = message;
      const reason = `rule "${rule.name}"`;
      await this.suppressions.suppress(tx, {
        workspaceId,
        recipients: [recipient],
        category: 'all',
        reason,
        source: 'inbound',
      });
      const changed = await this.consent.optOut(tx, [{ workspaceId, contactId, reason }]);
      if (changed.length === 0) continue;
      const payload = { contactId, phone: recipient, channelId: message.channelId, reason };
      await this.outbox.add(tx, { workspaceId, type: 'contact.opted_out', payload, recipient });
    }
  }

  /** Contacts are read only where somebody is answered, and as the rules left them. */
  private async rendered(tx: Queryable, { replies }: RuleEffects): Promise<AutoReply[]> {
    const facts = new Map<string, ContactFacts>();
    for (const [workspaceId, ofWorkspace] of Map.groupBy(replies, ({ message }) => message.workspaceId)) {
      const ids = [...new Set(ofWorkspace.map(({ message }) => message.contactId))];
      for (const one of await this.marks.factsOf(tx, workspaceId, ids)) facts.set(one.id, one);
    }
    return replies.map(({ message, render }) => ({
      to: message,
      content: render(variablesOf(message, facts.get(message.contactId))),
    }));
  }
}

function concerns({ rule, matches }: ReadyRule, message: StoredInbound): boolean {
  if (rule.channelIds !== null && !rule.channelIds.includes(message.channelId)) return false;
  return matches(message.text);
}

function collect(effects: RuleEffects, { rule, replies }: ReadyRule, message: StoredInbound): void {
  let reply = 0;
  for (const action of rule.actions) {
    switch (action.type) {
      case 'reply':
        effects.reply(message, replies[reply++]!);
        break;
      case 'tag':
        effects.tag(message, action);
        break;
      case 'attribute':
        effects.attribute(message, action);
        break;
      case 'opt_out':
        effects.optOut(message, rule);
        break;
      case 'forward':
        effects.forwards.push({ message, rule });
        break;
      default:
        assertNever(action);
    }
  }
}

function variablesOf(message: StoredInbound, contact: ContactFacts | undefined): Variables {
  const attributes = Object.entries(contact?.attributes ?? {}).map(([name, value]) => [
    variableKey(name),
    String(value),
  ]);
  return {
    ...(Object.fromEntries(attributes) as Variables),
    name: contact?.name ?? message.name ?? '',
    phone: message.recipient,
  };
}
