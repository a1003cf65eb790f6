import fc from 'fast-check';

/** What SQL, JSON, CSV, HTML, logs and templates would take for their own, where text is not text to them. */
export const HOSTILE_TEXTS: readonly string[] = [
  `Robert'); DROP TABLE contacts;--`,
  `' OR '1'='1' /*`,
  '$1 $2 $$x$$ \\x27; COPY contacts FROM PROGRAM',
  '\\N',
  '\\. \\t \\n \\',
  '{"a":1},{"__proto__":{"x":1}}',
  '"} , {"level":"error","message":"forged"}',
  'línea uno\nlínea dos\r\n{"level":"error"}',
  '\u001b[31mrojo\u001b[0m\u0007',
  'a\u2028b\u2029c\u0085d',
  '\u202eoigét\u202c \u200f\u200b\ufeff.',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '=HYPERLINK("http://x")',
  '{{nombre}} {{constructor}} {{{{x}}}} ${7*7} #{7*7}',
  '%s %d %n %00 %2e%2e%2f',
  '../../../../etc/passwd',
  '😀👩‍👩‍👧‍👦 e\u0301 ﷽',
  '+5215512345678, 5512345678; NULL',
];

/** Those, and as many that nobody thought of; the seed gives the same again. Nothing that text columns cannot hold. */
export function hostileTexts(seed: number, more: number): string[] {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });
  const drawn = fc
    .sample(text, { seed, numRuns: more * 2 })
    .filter((one) => !one.includes('\0') && one.trim() !== '' && one.isWellFormed());
  return [...HOSTILE_TEXTS, ...drawn.slice(0, more)].map((one) => one.trim());
}
