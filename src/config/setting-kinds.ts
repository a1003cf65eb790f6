import { isIP } from 'node:net';
import { getCountries, type CountryCode } from 'libphonenumber-js';
import { ROLES, type Role } from './config.js';

const MOST_DAYS = 36_500;

/** One environment variable: how it reads, what it defaults to, and the line that explains it. */
export interface Setting<T> {
  readonly name: string;
  readonly about: string;
  /** Written as in the environment; empty means "not set". */
  readonly fallback: string;
  /** Returns the value, or throws an Error whose message says what would be right. */
  readonly parse: (text: string) => T;
}

export function setting<T>(
  name: string,
  fallback: string,
  about: string,
  parse: (text: string) => T,
): Setting<T> {
  return { name, about, fallback, parse };
}

export function text(value: string): string {
  return value;
}

export function wholeNumber(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max) {
      throw new Error(`must be a whole number from ${min} to ${max}`);
    }
    return number;
  };
}

const FEWEST_OUTCOMES = 10;
const MOST_OUTCOMES = 5000;

/** A part of the last so many outcomes, or none. */
export function failureLimit(value: string): { readonly rate: number; readonly of: number } | null {
  if (value === 'off') return null;
  const [, percent, of] = /^(\d{1,3}(?:\.\d+)?)% of (\d+)$/.exec(value) ?? [];
  const isRight = Number(percent) <= 100 && Number(of) >= FEWEST_OUTCOMES && Number(of) <= MOST_OUTCOMES;
  if (!isRight) {
    throw new Error(
      `must be off, or such as "30% of 100", of ${FEWEST_OUTCOMES} to ${MOST_OUTCOMES} messages`,
    );
  }
  return { rate: Number(percent) / 100, of: Number(of) };
}

const MOST_CAP = 100;
const MOST_CAP_DAYS = 30;

export function frequencyCap(value: string): { readonly messages: number; readonly days: number } | null {
  if (value === 'off') return null;
  const [, messages, days] = (/^(\d+) in (\d+) days?$/.exec(value) ?? []).map(Number);
  const isRight =
    messages !== undefined &&
    days !== undefined &&
    messages >= 1 &&
    messages <= MOST_CAP &&
    days >= 1 &&
    days <= MOST_CAP_DAYS;
  if (!isRight) {
    throw new Error(
      `must be off, or such as "2 in 7 days", of 1 to ${MOST_CAP} messages in 1 to ${MOST_CAP_DAYS} days`,
    );
  }
  return { messages, days };
}

/** Days, or 0 for ever. */
export function daysKept(atLeast: number): (value: string) => number {
  return (value) => {
    const days = Number(value);
    if (!/^\d+$/.test(value) || (days !== 0 && (days < atLeast || days > MOST_DAYS))) {
      throw new Error(
        `must be a whole number of days from ${atLeast} to ${MOST_DAYS}, or 0 to keep for ever`,
      );
    }
    return days;
  };
}

export function oneOf<const T extends string>(words: readonly T[]): (value: string) => T {
  return (value) => {
    const word = words.find((known) => known === value);
    if (word === undefined) throw new Error(`must be one of ${words.join(', ')}`);
    return word;
  };
}

export function list(value: string): readonly string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** As a browser writes it in `Origin`; anything else would never match and only look as if it did. */
export function origins(value: string): readonly string[] {
  return list(value).map((origin) => {
    if (origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin)) return origin;
    throw new Error('must list origins such as https://app.example.com (no path, no final slash), or *');
  });
}

const PROXY_WORDS: ReadonlySet<string> = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** As Fastify takes them: who may say whose address a request comes from. */
export function proxies(value: string): readonly string[] {
  return list(value).map((proxy) => {
    const [address = '', bits, ...rest] = proxy.split('/');
    const mostBits = isIP(address) === 6 ? 128 : 32;
    const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= mostBits);
    if (PROXY_WORDS.has(proxy) || (isIP(address) !== 0 && isNetwork && rest.length === 0)) return proxy;
    throw new Error(
      'must list addresses or networks such as 10.0.0.0/8, or loopback, linklocal, uniquelocal',
    );
  });
}

export function roles(value: string): ReadonlySet<Role> {
  const named = list(value).map(oneOf(ROLES));
  if (named.length === 0) throw new Error(`must name at least one of ${ROLES.join(', ')}`);
  return new Set(named);
}

export function url(...protocols: readonly string[]): (value: string) => string {
  return (value) => {
    if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
      throw new Error(`must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`);
    }
    return value.replace(/\/$/, '');
  };
}

export function secret(minLength: number): (value: string) => string {
  return (value) => {
    if (value.length < minLength)
      throw new Error(`must have at least ${minLength} characters (it is secret: not shown)`);
    return value;
  };
}

export function country(value: string): CountryCode {
  const code = value.toUpperCase();
  if (!getCountries().includes(code as CountryCode))
    throw new Error('must be a two-letter country code such as MX');
  return code as CountryCode;
}
