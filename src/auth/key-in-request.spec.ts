import { describe, expect, it } from 'vitest';
import { keyInRequest } from './key-in-request.js';

describe('keyInRequest', () => {
  it.each([
    [{ authorization: 'Bearer k1' }],
    [{ authorization: 'bearer  k1 ' }],
    [{ 'x-api-key': ' k1 ' }],
    [{ authorization: '', 'x-api-key': 'k1' }],
    [{ authorization: 'Bearer k1', 'x-api-key': 'k2' }],
  ])('finds the key in %o', (headers) => {
    expect(keyInRequest(headers)).toBe('k1');
  });

  it.each([[{}], [{ authorization: 'Bearer' }], [{ 'x-api-key': ' ' }]])(
    'says how to show a key for %o',
    (headers) => {
      expect(() => keyInRequest(headers)).toThrow('Authorization: Bearer <key>');
    },
  );

  it('names a scheme that it does not know, but not the credentials', () => {
    expect(() => keyInRequest({ authorization: 'Basic hunter2' })).toThrow(/"Basic" is not known/);
    expect(() => keyInRequest({ authorization: 'Basic hunter2' })).not.toThrow(/hunter2/);
  });
});
