/** A member of something that may be anything. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** A whole number, written as one or as a text of digits. */
export function wholeNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : undefined;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Undefined for what is no list, or an empty one. */
export function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

/** Undefined for what is no text, or an empty one. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function listOf(value: unknown, name: string): readonly unknown[] {
  const list = member(value, name);
  return Array.isArray(list) ? list : [];
}

/** A word of a body that goes into our own records: short, and nothing but letters. */
export function wordOf(value: unknown): string {
  return typeof value === 'string' && /^\w{1,60}$/.test(value) ? value : 'unknown';
}

/** Seconds since 1970, as a number or a text of digits; undefined for what is no time. */
export function instantOf(value: unknown): Date | undefined {
  const seconds = wholeNumber(value);
  const isTime = seconds !== undefined && seconds > 0 && seconds <= 32_503_680_000;
  return isTime ? new Date(seconds * 1000) : undefined;
}
