import { describe, expect, it } from 'vitest';
import { canonicalRecipient } from '../src/common/recipient.js';
import { messyCsv, type MessyCounts } from './messy-csv.js';
import { HOME_COUNTRY } from './messy-numbers.js';

interface Written {
  lines: string[];
  counts: MessyCounts;
}

function write(contacts: number, seed: number): Written {
  const lines: string[] = [];
  const csv = messyCsv(contacts, seed);
  for (;;) {
    const step = csv.next();
    if (step.done === true) return { lines, counts: step.value };
    lines.push(step.value);
  }
}

/** No phone of the list is quoted: the first semicolon ends it. */
function phonesIn({ lines }: Written): string[] {
  return lines.slice(1).map((line) => line.slice(0, line.indexOf(';')));
}

describe('the messy CSV', () => {
  it.each([1, 7, 2024])('holds exactly the people that were asked for, with seed %i', (seed) => {
    const written = write(3000, seed);
    const seen = new Set<string>();
    let duplicates = 0;
    let bad = 0;
    for (const phone of phonesIn(written)) {
      const canonical = canonicalRecipient(phone, HOME_COUNTRY);
      if (!canonical.ok) bad++;
      else if (seen.has(canonical.recipient)) duplicates++;
      else seen.add(canonical.recipient);
    }

    expect({ contacts: seen.size, duplicates, badNumbers: bad }).toEqual(written.counts);
    expect(seen.size).toBe(3000);
  });

  it('has a duplicate and a bad number however short it is', () => {
    const { counts } = write(1, 7);

    expect(counts).toEqual({ contacts: 1, duplicates: 1, badNumbers: 1 });
  });

  it('is the same for the same seed and another for another', () => {
    expect(write(200, 7)).toEqual(write(200, 7));
    expect(write(200, 7).lines).not.toEqual(write(200, 8).lines);
  });

  it('writes numbers of four countries in several spellings', () => {
    const phones = phonesIn(write(2000, 7));

    for (const spelling of [
      /^\+52 1 \d\d \d{4} \d{4}$/,
      /^\d{10}$/,
      /^\(\d\d\) \d{4}-\d{4}$/,
      /^\+54 9 11 \d{4}-\d{4}$/,
      /^\+55 \d\d \d{4}-\d{4}$/,
      /^\+57-3\d\d-\d{7}$/,
    ]) {
      expect(
        phones.some((phone) => spelling.test(phone)),
        String(spelling),
      ).toBe(true);
    }
  });

  it('begins with a byte order mark and quotes what holds a quote or a semicolon', () => {
    const { lines } = write(500, 7);

    expect(lines[0]).toBe('\uFEFFTeléfono;Nombre;Ciudad;Saldo\r\n');
    expect(lines.some((line) => line.includes('""'))).toBe(true);
    expect(lines.some((line) => line.includes('"Juchitán; Oaxaca"'))).toBe(true);
  });
});
