import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { commandLineOf, isAlive, startMarkOf } from './process-identity.js';

describe('what is known of a process', () => {
  it('tells the living from the dead', () => {
    const { pid } = spawnSync('true');

    expect(isAlive(process.pid)).toBe(true);
    expect(isAlive(pid)).toBe(false);
  });

  it('counts a process that was killed and not yet reaped as dead', async () => {
    // The child kills itself; its parent, which became `cat`, never waits for it.
    const parent = spawn('sh', ['-c', 'sh -c "echo \\$\\$; kill -9 \\$\\$" & exec cat'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());

    await expect.poll(() => isAlive(pid)).toBe(false);
    expect(spawnSync('ps', ['-p', String(pid), '-o', 'state='], { encoding: 'utf8' }).stdout).toMatch(/^Z/);

    parent.kill('SIGKILL');
    await once(parent, 'close');
  });

  it('gives each process a mark that stays the same', async () => {
    const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(child, 'spawn');
    const pid = child.pid ?? -1;

    expect(startMarkOf(pid)).toBe(startMarkOf(pid));
    expect(startMarkOf(pid)).not.toBe(startMarkOf(process.pid));
    expect(commandLineOf(pid)).toContain('cat');

    child.stdin.end();
    await once(child, 'close');
    expect(startMarkOf(pid)).toBeUndefined();
  });
});
