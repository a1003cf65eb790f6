import type { FieldError } from '../common/domain-error.js';

export type Members = Readonly<Record<string, unknown>>;

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Meta's limits count what the person sees: of a text with variables that is not known before it is rendered. */
export function hasVariables(text: string): boolean {
  return text.includes('{{');
}

/** One object of a content, read member by member; what is wrong is collected under its pointer. */
export class ContentReader {
  constructor(
    readonly members: Members,
    readonly pointer: string,
    private readonly faults: FieldError[],
  ) {}

  fault(member: string, detail: string): void {
    this.faults.push({ pointer: member === '' ? this.pointer : `${this.pointer}/${member}`, detail });
  }

  refuseOthers(known: readonly string[], what: string): void {
    for (const member of Object.keys(this.members)) {
      if (!known.includes(member))
        this.fault(member, `${member} is not a field of ${what}; known are ${known.join(', ')}`);
    }
  }

  /** A text of the content itself, held to its length as it is written, or by `rendered` as the person sees it. */
  text(member: string, longest: number, counted: 'written' | 'rendered' = 'written'): string {
    const value = this.members[member];
    const isText = typeof value === 'string' && value.trim() !== '' && !value.includes('\0');
    const isShort = isText && (value.length <= longest || (counted === 'rendered' && hasVariables(value)));
    if (isText && isShort) return value;
    const isLong = typeof value === 'string' && value.length > longest;
    const is = isLong ? `has ${value.length} characters; it` : shown(value);
    this.fault(member, `${member} ${is} must be a text of 1 to ${longest} characters`);
    return '';
  }

  optionalText(
    member: string,
    longest: number,
    counted: 'written' | 'rendered' = 'written',
  ): string | undefined {
    return this.members[member] === undefined ? undefined : this.text(member, longest, counted);
  }

  /** The reader of a member that must be an object; undefined, and a fault, where it is none. */
  object(member: string, example: string): ContentReader | undefined {
    const value = this.members[member];
    if (isMembers(value)) return this.at(member, value);
    this.fault(member, `${member} ${shown(value)} must be an object such as ${example}`);
    return undefined;
  }

  /** The readers of a list's objects; what is no object is a fault of its own. */
  objects(member: string, least: number, most: number, example: string): readonly ContentReader[] {
    const value = this.members[member];
    if (!Array.isArray(value) || value.length < least || value.length > most) {
      const are = Array.isArray(value) ? `has ${value.length} entries; it` : shown(value);
      this.fault(member, `${member} ${are} must be a list of ${least} to ${most}, such as [${example}]`);
      return [];
    }
    return value.flatMap((entry: unknown, index) => {
      if (isMembers(entry)) return [this.at(`${member}/${index}`, entry)];
      this.fault(`${member}/${index}`, `${shown(entry)} must be an object such as ${example}`);
      return [];
    });
  }

  /** An address; what a variable gives is not known yet, but what is written must begin as one on the web does. */
  link(member: string, longest: number): string {
    const url = this.text(member, longest);
    if (url !== '' && !/^(?:https?:\/\/|\{\{)/i.test(url)) {
      this.fault(
        member,
        `${member} ${shown(url)} must begin with https:// (or be a variable that holds an address)`,
      );
    }
    return url;
  }

  private at(member: string, members: Members): ContentReader {
    return new ContentReader(members, `${this.pointer}/${member}`, this.faults);
  }
}

export function shown(value: unknown): string {
  if (value === undefined) return 'is missing: it';
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
