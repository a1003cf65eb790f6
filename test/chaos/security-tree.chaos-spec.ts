import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Dice, isFull, seeds } from './dice.js';

const ROOT = join(import.meta.dirname, '../..');
const MOST_BYTES = 2_000_000;

/** Keys as those who give them out write them, ours among them. */
const SECRETS: Readonly<Record<string, RegExp>> = {
  'private key': /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/,
  'key of Caudal': /\bcdl_[\w-]{43}\b/,
  'token of Meta': /\bEAA[A-Za-z0-9]{40,}/,
  'account of Twilio with its token': /\bAC[0-9a-f]{32}\b.{0,40}\b(?!(.)\1{31})[0-9a-f]{32}\b/,
  'key of AWS': /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  'token of GitHub': /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60,})/,
  'token of npm': /\bnpm_[A-Za-z0-9]{36}\b/,
  'key of Google': /\bAIza[\w-]{35}\b/,
  'token of Slack': /\bxox[abprs]-[A-Za-z0-9-]{20,}/,
  'address with a password':
    /\b(?:postgres(?:ql)?|rediss?|https?):\/\/[^\s:/@'"`$<{]+:(?!\$|<|\*|caudal@|postgres@|password@|secret@|pass@)[^\s@/'"`$<{]{12,}@/,
};

describe.runIf(isFull)('the tree', () => {
  it.each(seeds)('S-18 has no secret in a tracked file, and no file that holds secrets [seed %i]', (seed) => {
    const dice = new Dice('S-18', seed);
    const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
      .split('\0')
      .filter(
        (name) => name !== '' && statSync(join(ROOT, name), { throwIfNoEntry: false })?.isFile() === true,
      );
    expect(tracked.length).toBeGreaterThan(500);
    const telling = tracked.filter((name) =>
      /(?:^|\/)(?:\.env|admin-key|master-key|.*\.(?:pem|p12|pfx|key))$/.test(name),
    );
    expect(telling).toEqual([]);
    const found: string[] = [];
    let bytes = 0;
    for (const name of tracked) {
      const text = readFileSync(join(ROOT, name), 'utf8');
      bytes += text.length;
      if (text.length > MOST_BYTES) continue;
      for (const [kind, pattern] of Object.entries(SECRETS)) {
        const hit = pattern.exec(text);
        if (hit !== null) found.push(`${name}: ${kind}: ${hit[0].slice(0, 12)}…`);
      }
    }
    expect(found).toEqual([]);
    dice.tell({ files: tracked.length, bytes, secrets: found.length });
  });

  it.for(seeds)(
    'S-18 depends on nothing that is known to be dangerous [seed %i]',
    { timeout: 60_000 },
    (seed, { skip }) => {
      const dice = new Dice('S-18', seed);
      const audit = auditOfPackages();
      if (audit === null) {
        process.stdout.write('S-18: skipped, the registry that this machine uses answers no audit\n');
        skip();
        return;
      }
      expect(audit.high + audit.critical, JSON.stringify(audit)).toBe(0);
      dice.tell({ ...audit });
    },
  );
});

/** Of what is installed to run, by severity; null where the registry cannot be asked. */
function auditOfPackages(): { moderate: number; high: number; critical: number } | null {
  let text: string;
  try {
    text = execFileSync('npm', ['audit', '--omit=dev', '--json'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: 45_000,
    });
  } catch (error) {
    // npm ends with 1 when it found something, too.
    text = (error as { stdout?: string }).stdout ?? '';
  }
  const { metadata } = (text.trim() === '' ? {} : JSON.parse(text)) as {
    metadata?: { vulnerabilities: { moderate: number; high: number; critical: number } };
  };
  if (metadata === undefined) return null;
  const { moderate, high, critical } = metadata.vulnerabilities;
  return { moderate, high, critical };
}
