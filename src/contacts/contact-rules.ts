import { registerDecorator, type ValidationOptions } from 'class-validator';

const MOST_ATTRIBUTES = 200;
const LONGEST_KEY = 100;
const LONGEST_VALUE = 10_000;
const LANGUAGE_TAG = /^[a-z]{2,3}(?:[-_][a-z0-9]{2,8}){0,3}$/i;

export function isTimeZone(value: string): boolean {
  // Offsets such as +02:00 are taken by Intl and know no summer time.
  if (!/^[A-Za-z]/.test(value)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

export function isLocale(value: string): boolean {
  return LANGUAGE_TAG.test(value);
}

/** Names and plain values; `allowsNull` where null means to take the attribute away. */
export function attributesFault(value: unknown, allowsNull: boolean): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'must be an object such as { "ciudad": "CDMX" }';
  }
  const entries = Object.entries(value);
  if (entries.length > MOST_ATTRIBUTES) return `must have at most ${MOST_ATTRIBUTES} attributes`;
  for (const [key, item] of entries) {
    if (key.trim() === '' || key.length > LONGEST_KEY || key === '__proto__' || key.includes('\0')) {
      return `has the name ${JSON.stringify(key.slice(0, 40))}, which must have 1 to ${LONGEST_KEY} characters`;
    }
    if (item === null && allowsNull) continue;
    if (!['string', 'number', 'boolean'].includes(typeof item)) {
      return `has "${key.slice(0, 40)}", which must be text, a number or true/false`;
    }
    if (typeof item === 'string' && (item.length > LONGEST_VALUE || item.includes('\0'))) {
      return `has "${key.slice(0, 40)}", which must be text of at most ${LONGEST_VALUE} characters`;
    }
  }
  return null;
}

type Check = (value: unknown) => string | null;

function rule(name: string, check: Check, options?: ValidationOptions): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: propertyName as string,
      ...(options === undefined ? {} : { options }),
      validator: {
        validate: (value) => check(value) === null,
        defaultMessage: (args) => `$property ${check(args?.value) ?? ''}`,
      },
    });
}

export const IsAttributes = (allowsNull: boolean) =>
  rule('isAttributes', (value) => attributesFault(value, allowsNull));

export const IsZoneName = () =>
  rule('isZoneName', (value) =>
    typeof value === 'string' && isTimeZone(value)
      ? null
      : 'must be an IANA time zone such as America/Mexico_City',
  );

export const IsLanguage = () =>
  rule('isLanguage', (value) =>
    typeof value === 'string' && isLocale(value) ? null : 'must be a language such as es or es_MX',
  );

/** Postgres cannot store NUL in text. */
export const HasNoNul = (options?: ValidationOptions) =>
  rule(
    'hasNoNul',
    (value) =>
      (Array.isArray(value) ? value : [value]).some((item) => typeof item === 'string' && item.includes('\0'))
        ? 'must not hold a NUL character'
        : null,
    options,
  );
