import type { MessageContent } from '../../channels/providers/message-content.js';
import type { Variables } from '../../channels/render-content.js';
import type { ContactMark } from '../../contacts/contact-marks.repository.js';
import type { AttributeValue } from '../../contacts/contact.js';
import type { StoredInbound } from '../inbound/inbound-row.js';
import type { Rule, RuleAction } from './rule.js';

type Of<Type extends RuleAction['type']> = Extract<RuleAction, { type: Type }>;

interface Mark {
  readonly workspaceId: string;
  readonly contactId: string;
  /** True: there afterwards. */
  readonly tags: Map<string, boolean>;
  readonly attributes: Map<string, AttributeValue | null>;
}

/** What rules want done, gathered over many messages; of what concerns the same thing, the last word counts. */
export class RuleEffects {
  readonly replies: { message: StoredInbound; render: (variables: Variables) => MessageContent }[] = [];
  readonly forwards: { message: StoredInbound; rule: Rule }[] = [];
  private readonly marked = new Map<string, Mark>();
  private readonly optedOut = new Map<string, { message: StoredInbound; rule: Rule }>();

  reply(message: StoredInbound, render: (variables: Variables) => MessageContent): void {
    this.replies.push({ message, render });
  }

  tag(message: StoredInbound, { add, remove }: Of<'tag'>): void {
    const { tags } = this.markOf(message);
    for (const tag of remove) tags.set(tag, false);
    for (const tag of add) tags.set(tag, true);
  }

  attribute(message: StoredInbound, { name, value }: Of<'attribute'>): void {
    this.markOf(message).attributes.set(name, value);
  }

  optOut(message: StoredInbound, rule: Rule): void {
    this.optedOut.set(message.contactId, { message, rule });
  }

  optOuts(): Iterable<{ message: StoredInbound; rule: Rule }> {
    return this.optedOut.values();
  }

  marks(): ContactMark[] {
    return [...this.marked.values()].map(({ workspaceId, contactId, tags, attributes }) => ({
      workspaceId,
      contactId,
      addTags: [...tags].flatMap(([tag, isThere]) => (isThere ? [tag] : [])),
      removeTags: [...tags].flatMap(([tag, isThere]) => (isThere ? [] : [tag])),
      attributes: Object.fromEntries(attributes),
    }));
  }

  attributeNames(): Map<string, string[]> {
    const names = new Map<string, string[]>();
    for (const { workspaceId, attributes } of this.marked.values()) {
      const given = [...attributes].flatMap(([name, value]) => (value === null ? [] : [name]));
      if (given.length > 0) names.set(workspaceId, [...(names.get(workspaceId) ?? []), ...given]);
    }
    return names;
  }

  private markOf({ workspaceId, contactId }: StoredInbound): Mark {
    let mark = this.marked.get(contactId);
    if (mark === undefined) {
      mark = { workspaceId, contactId, tags: new Map(), attributes: new Map() };
      this.marked.set(contactId, mark);
    }
    return mark;
  }
}
