import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/demo/main.js');
const LIMIT_MS = 110_000;

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

function demo(...args: string[]): Promise<Ended> {
  const { PATH = '', HOME = '' } = process.env;
  return new Promise((resolve) => {
    const options = { env: { PATH, HOME }, timeout: LIMIT_MS, maxBuffer: 2 ** 26 };
    execFile(process.execPath, [MAIN, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

function workingDirectories(): string[] {
  const parent = join(ROOT, '.caudal');
  return existsSync(parent) ? readdirSync(parent).filter((name) => name.startsWith('demo-')) : [];
}

describe('the demo', () => {
  it('brings a CSV in, sends to everybody once, and its books agree with the simulator', async () => {
    const before = workingDirectories();

    const { code, stdout, stderr } = await demo('--contacts', '300', '--exit', '--json');

    expect(code, stderr).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    const summary = JSON.parse(stdout) as Record<string, number>;
    expect(Object.keys(summary)).toEqual([
      'recipients',
      'skipped',
      'accepted',
      'delivered',
      'failed',
      'unknown',
      'duplicates',
      'lost',
      'seconds',
      'ratePerSecond',
      'mostPerSecond',
    ]);
    expect(summary).toMatchObject({ recipients: 300, skipped: 7, unknown: 0, duplicates: 0, lost: 0 });
    const { accepted = 0, delivered = 0, failed = 0 } = summary;
    expect(accepted).toBeGreaterThan(280);
    expect(accepted + failed).toBeGreaterThanOrEqual(293);
    expect(delivered).toBeGreaterThan(260);
    expect(stderr).toContain('Everything adds up.');
    expect(workingDirectories()).toEqual(before);
  });

  it('refuses an option that it does not know with exit code 2, and starts nothing', async () => {
    const { code, stdout, stderr } = await demo('--fast');

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain("'--fast'");
  });
});
