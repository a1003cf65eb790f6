import { DomainError, type FieldError } from '../../common/domain-error.js';

interface TextRule {
  readonly pattern: RegExp;
  /** What would be right, as it ends the sentence "must be …". */
  readonly wanted: string;
  /** The value is never repeated in an error. */
  readonly secret?: boolean;
}

interface NumberRule {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

/** Reads a provider's settings one by one, collects every fault, and refuses names that it was not asked for. */
export class SettingsReader {
  private readonly source: Readonly<Record<string, unknown>>;
  private readonly asked: string[] = [];
  private readonly groups: SettingsReader[] = [];

  constructor(
    input: unknown,
    private readonly pointer = '/settings',
    private readonly errors: FieldError[] = [],
  ) {
    const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
    this.source = isObject ? (input as Record<string, unknown>) : {};
    if (!isObject) this.errors.push({ pointer, detail: 'must be an object' });
  }

  /** An object within, read by the same rules; undefined where there is none. */
  group(name: string): SettingsReader | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    const group = new SettingsReader(value, `${this.pointer}/${name}`, this.errors);
    this.groups.push(group);
    return group;
  }

  /** As it came, for a rule that the others do not cover. */
  value(name: string): unknown {
    return this.take(name);
  }

  text(name: string, rule: TextRule): string | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && rule.pattern.test(value)) return value;
    this.fault(name, `${rule.secret ? '' : `is ${shown(value)}; it `}must be ${rule.wanted}`);
    return undefined;
  }

  requiredText(name: string, rule: TextRule): string {
    const value = this.text(name, rule);
    if (value === undefined && this.source[name] === undefined)
      this.fault(name, `is missing; it must be ${rule.wanted}`);
    return value ?? '';
  }

  number(name: string, rule: NumberRule): number | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    const isRight =
      typeof value === 'number' &&
      value >= rule.min &&
      value <= rule.max &&
      (!rule.whole || Number.isInteger(value));
    if (isRight) return value;
    this.fault(
      name,
      `is ${shown(value)}; it must be a ${rule.whole ? 'whole ' : ''}number from ${rule.min} to ${rule.max}`,
    );
    return undefined;
  }

  flag(name: string): boolean | undefined {
    const value = this.take(name);
    if (value === undefined || typeof value === 'boolean') return value;
    this.fault(name, `is ${shown(value)}; it must be true or false`);
    return undefined;
  }

  /** Records a fault that a rule of its own found. */
  fault(name: string, detail: string): void {
    this.errors.push({ pointer: `${this.pointer}/${name}`, detail });
  }

  /** To be called last: throws with everything that was wrong. */
  finish(providerName: string): void {
    this.refuseUnasked(providerName);
    if (this.errors.length === 0) return;
    throw new DomainError(
      'invalid',
      'bad_channel_settings',
      `The settings are not right for ${providerName}: ${this.errors.map((error) => `${error.pointer} ${error.detail}`).join('; ')}.`,
      { errors: this.errors },
    );
  }

  private refuseUnasked(providerName: string): void {
    for (const name of Object.keys(this.source)) {
      if (!this.asked.includes(name))
        this.fault(name, `is not a setting of ${providerName}; known are ${this.asked.join(', ')}`);
    }
    for (const group of this.groups) group.refuseUnasked(providerName);
  }

  private take(name: string): unknown {
    if (!this.asked.includes(name)) this.asked.push(name);
    return this.source[name] ?? undefined;
  }
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 80 ? `${json.slice(0, 80)}…` : json;
}
