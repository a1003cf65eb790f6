import { describe, expect, it } from 'vitest';
import { isProvedUndone } from './commit-doubt.js';

const failure = (over: object): Error => Object.assign(new Error('it failed'), over);

describe('what a failed statement proves', () => {
  it.each([
    ['a refusal of Postgres', failure({ severity: 'ERROR', code: '22P02' })],
    ['a statement that ran out of time', failure({ severity: 'ERROR', code: '57014' })],
    ['a server that is starting up', failure({ severity: 'FATAL', code: '57P03' })],
    ['a refused connection', failure({ code: 'ECONNREFUSED', syscall: 'connect' })],
    ['a name that is not found', failure({ code: 'ENOTFOUND', syscall: 'getaddrinfo' })],
    ['a pool that lends nothing', new Error('timeout exceeded when trying to connect')],
  ])('%s changed nothing', (_what, error) => {
    expect(isProvedUndone(error)).toBe(true);
  });

  it.each([
    ['a connection that broke', failure({ code: 'ECONNRESET', syscall: 'read' })],
    ['a connection that ended', new Error('Connection terminated unexpectedly')],
    ['a server that was told to stop', failure({ severity: 'FATAL', code: '57P01' })],
  ])('%s may have come after the commit', (_what, error) => {
    expect(isProvedUndone(error)).toBe(false);
  });
});
