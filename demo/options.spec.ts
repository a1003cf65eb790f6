import { describe, expect, it } from 'vitest';
import { readOptions } from './options.js';

function problemOf(...args: string[]): string {
  const usage = readOptions(args);
  return usage.kind === 'wrong' ? usage.problem : '';
}

describe('the options of the demo', () => {
  it('are ten thousand contacts without a limit when nothing is given', () => {
    expect(readOptions([])).toEqual({
      kind: 'run',
      options: { contacts: 10_000, rate: undefined, seed: 7, exit: false, json: false },
    });
  });

  it('are read in both spellings', () => {
    expect(readOptions(['--contacts=300', '--rate', '80', '--exit', '--json'])).toMatchObject({
      kind: 'run',
      options: { contacts: 300, rate: 80, exit: true, json: true },
    });
  });

  it.each(['0', '-1', '1.5', '1e3', 'many', '1000001', ''])(
    'refuse %j contacts and say what is right',
    (text) => {
      expect(problemOf(`--contacts=${text}`)).toBe(
        `--contacts is "${text}"; it must be a whole number from 1 to 1000000`,
      );
    },
  );

  it('refuse what they do not know, and name it', () => {
    expect(problemOf('--fast')).toContain('--fast');
    expect(problemOf('everything')).toContain('everything');
  });

  it('show the help whatever else is there', () => {
    expect(readOptions(['--exit', '--help'])).toEqual({ kind: 'help' });
  });
});
