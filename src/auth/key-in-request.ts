import type { IncomingHttpHeaders } from 'node:http';
import { KeyMissingError, SchemeError } from './auth.errors.js';

/** Whether a request shows anything that could be meant as a key. */
export function showsKey(headers: IncomingHttpHeaders): boolean {
  return [headers.authorization, headers['x-api-key']].flat().some((value) => (value ?? '').trim() !== '');
}

/** The key that a request shows, from either header; throws what tells the caller how to show one. */
export function keyInRequest(headers: IncomingHttpHeaders): string {
  const { authorization } = headers;
  if (authorization !== undefined && authorization.trim() !== '') {
    const [scheme = '', ...rest] = authorization.trim().split(/\s+/);
    if (scheme.toLowerCase() !== 'bearer') throw new SchemeError(scheme.slice(0, 20));
    const key = rest.join(' ');
    if (key !== '') return key;
  }
  const header = headers['x-api-key'];
  const key = Array.isArray(header) ? header[0] : header;
  if (key === undefined || key.trim() === '') throw new KeyMissingError();
  return key.trim();
}
