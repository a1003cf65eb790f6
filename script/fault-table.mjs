// Usage: fault-table.mjs <figures of script/test --chaos> <page>
// Puts the table of all faults injected, with the figures of that run, between two marks of the page.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

const BEGIN = '<!-- faults: made by script/faults -->';
const END = '<!-- end of faults -->';
/** In the order of the catalogue: crashes to limits, webhooks, input, security, soak. */
const SECTIONS = 'FWISL';
const LEADING_CODES = /^(?:[FWISL]-\d\d(?:,? (?:and )?)?)*/;
const COLUMNS = ['duplicates', 'lost', 'unknown', 'stopped ms', 'recovered ms'];

/** The codes of faults that a title or a row begins with, "F-16 F-17 Redis …" has two. */
export function codesOf(text) {
  const [codes] = LEADING_CODES.exec(text);
  return codes.match(/[FWISL]-\d\d/g) ?? [];
}

/** @param lines what Dice.tell wrote, one object a line */
export function faultTable(lines) {
  const rows = lines
    .map(({ title, figures }) => ({ ...titleOf(title), figures }))
    .toSorted((a, b) => rank(a.codes[0]) - rank(b.codes[0]));
  return [
    `| fault | what it does, and what must hold | ${COLUMNS.join(' | ')} | other figures |`,
    `|---|---|${COLUMNS.map(() => '--:|').join('')}---|`,
    ...rows.map(({ codes, sentence, figures }) => {
      const others = Object.entries(figures)
        .filter(([name]) => !COLUMNS.includes(name))
        .map(([name, value]) => `${name} ${grouped(value)}`);
      const known = COLUMNS.map((name) => grouped(figures[name] ?? ''));
      return `| ${[codes.join(' '), sentence, ...known, others.join(', ')].map(cell).join(' | ')} |`;
    }),
  ].join('\n');
}

/** The page with this text between its marks. */
export function withTable(page, text) {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`the page has no lines "${BEGIN}" and "${END}"`);
  return `${page.slice(0, from)}${BEGIN}\n\n${text}\n\n${page.slice(to)}`;
}

/** A title as vitest has it: names of describes, then codes, sentence and seed. What the describe names is the subject. */
function titleOf(title) {
  const parts = title.split(' > ');
  const own = (parts.pop() ?? '').replace(/ \[seed \d+\]$/, '');
  const codes = codesOf(own);
  const sentence = own.replace(LEADING_CODES, '');
  return { codes, sentence: [...parts, sentence].join(': ') };
}

/** What holds a promise that is in no catalogue comes last. */
function rank(code) {
  return code === undefined ? Number.MAX_VALUE : SECTIONS.indexOf(code[0]) * 100 + Number(code.slice(2));
}

function grouped(value) {
  return typeof value === 'number' && Math.abs(value) >= 10_000
    ? value.toLocaleString('en-US')
    : String(value);
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function main([figuresPath, pagePath]) {
  const lines = readFileSync(figuresPath, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const day = new Date().toISOString().slice(0, 10);
  const about =
    `Run of ${day} at ${commit}, ${cpus().length} cores (${cpus()[0].model.trim()}), Node ${process.versions.node}: ` +
    `\`CHAOS_SEED=${lines[0].seed} script/test --chaos\` plays all of it again, with a code behind it (\`F-01\`) that ` +
    `fault alone. Times are in milliseconds and belong to that machine.`;
  const page = readFileSync(pagePath, 'utf8');
  writeFileSync(pagePath, withTable(page, `${about}\n\n${faultTable(lines)}`));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
