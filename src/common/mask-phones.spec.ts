import { describe, expect, it } from 'vitest';
import { maskPhones } from './mask-phones.js';

describe('maskPhones', () => {
  it.each([
    ['sent to +5215512345678', 'sent to +52…78'],
    ['sent to 5215512345678.', 'sent to 52…78.'],
    [
      'Key (workspace_id, recipient)=(a, +34600111222) already exists',
      'Key (workspace_id, recipient)=(a, +34…22) already exists',
    ],
    ['call +52 55 1234-5678 now', 'call +52…78 now'],
    ['call +1 (415) 555-0132', 'call +14…32'],
    ['{"to":"4915112345678"}', '{"to":"49…78"}'],
    ['/api/contacts?search=5512345678&limit=5', '/api/contacts?search=55…78&limit=5'],
  ])('hides the number in %s', (text, masked) => {
    expect(maskPhones(text)).toBe(masked);
  });

  it.each([
    'campaign 12345678-1234-4321-8765-123456789012 started',
    'at 2026-03-01T10:20:30.123Z',
    'at 1767225600 and 1767225600123',
    'backup-20260301',
    'phone_number_id 106540352242922',
    'hash 4f12345678901ab',
    'ratio 0.1234567890',
    'dispatch 42:1001:3',
    'row 1234567 of 7654321',
    'wamid.HBgNNTIxNTUxMjM0NTY3OBUCABEYEjA',
    'at file.js:120:14, port 54321',
  ])('leaves %s as it is', (text) => {
    expect(maskPhones(text)).toBe(text);
  });
});
