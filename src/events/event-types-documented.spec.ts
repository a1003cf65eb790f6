import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from './event-type.js';

describe('docs/webhooks-out.md', () => {
  it('has a row for each event that can be asked for, and for no other', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/webhooks-out.md'), 'utf8');
    expect([...page.matchAll(/^\| `([a-z]+\.[a-z_]+)` \|/gm)].map(([, type]) => type).toSorted()).toEqual(
      EVENT_TYPES.toSorted(),
    );
  });
});
