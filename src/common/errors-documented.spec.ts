import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCES = join(import.meta.dirname, '..');
const PAGE = join(SOURCES, '../docs/errors.md');

/** As the constructor of DomainError takes them, in its own calls and in those of its subclasses. */
const KINDS =
  'invalid|unprocessable|unauthorized|forbidden|missing|conflict|too-large|too-many|too-slow|unavailable|no-room|bad-gateway';
const RAISED = new RegExp(
  `(?:new DomainError|super)\\(\\s*'(?:${KINDS})',\\s*(?:'([^']*)'|\`([^\`]*)\`)`,
  'g',
);
const RAISED_SOMEHOW = new RegExp(`new DomainError\\(|super\\(\\s*'(?:${KINDS})'`, 'g');

interface Source {
  readonly name: string;
  readonly text: string;
}

const sources: readonly Source[] = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
  .map((name) => ({ name: relative('.', name), text: readFileSync(join(SOURCES, name), 'utf8') }));

const documented = [...readFileSync(PAGE, 'utf8').matchAll(/^### (\S+)$/gm)].map((heading) => heading[1]!);

/** A code in backticks stands for all that its placeholders may give. */
function patternOf(literal: string | undefined, template: string | undefined): RegExp {
  const escaped = (literal ?? template!).replaceAll(/[.*+?()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll(/\$\{[^}]*\}/g, '[a-z_]+')}$`);
}

function codesIn({ text }: Source): RegExp[] {
  return [...text.matchAll(RAISED)].map(([, literal, template]) => patternOf(literal, template));
}

/** What the filter calls errors that are not ours: the framework's refusals, and defects. */
function codesOfTheFilter(): RegExp[] {
  const { text } = sources.find(({ name }) => name.endsWith('problem.filter.ts'))!;
  const table = /CODE_OF_STATUS[^=]*= \{([^}]*)\}/.exec(text)![1]!;
  return [...table.matchAll(/'([a-z_]+)'/g), ...text.matchAll(/'(internal_error)'/g)].map((code) =>
    patternOf(code[1], undefined),
  );
}

describe('docs/errors.md', () => {
  it('has every code that the sources raise', () => {
    const missing = sources.flatMap((source) =>
      codesIn(source)
        .filter((code) => !documented.some((known) => code.test(known)))
        .map((code) => `${source.name}: ${code.source}`),
    );
    expect(missing).toEqual([]);
  });

  it('has every code that the problem filter gives to errors of the framework', () => {
    const missing = codesOfTheFilter().filter((code) => !documented.some((known) => code.test(known)));
    expect(missing).toEqual([]);
  });

  it('has no code that nothing raises, and none twice', () => {
    const raised = [...sources.flatMap(codesIn), ...codesOfTheFilter()];
    expect(documented.filter((known) => !raised.some((code) => code.test(known)))).toEqual([]);
    expect(new Set(documented).size).toBe(documented.length);
  });

  it('can be checked: every code stands in the sources as a text', () => {
    const hidden = sources.filter(
      (source) => [...source.text.matchAll(RAISED_SOMEHOW)].length !== codesIn(source).length,
    );
    expect(hidden.map((source) => source.name)).toEqual([]);
  });
});
