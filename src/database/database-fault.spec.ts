import { describe, expect, it } from 'vitest';
import { databaseFault } from './database-fault.js';

describe('databaseFault', () => {
  it.each([
    ['a statement that ran out of time', { code: '57014' }, 'database_too_slow'],
    ['a lock that did not come', { code: '55P03' }, 'database_busy'],
    [
      'a pool without a free connection',
      { message: 'timeout exceeded when trying to connect' },
      'database_busy',
    ],
    ['too many connections', { code: '53300' }, 'database_unreachable'],
    ['a server that is shutting down', { code: '57P01' }, 'database_unreachable'],
    ['no server', { code: 'ECONNREFUSED', syscall: 'connect' }, 'database_unreachable'],
    ['a NUL in a text', { code: '22021' }, 'validation_failed'],
    ['a NUL in JSON', { code: '22P05' }, 'validation_failed'],
    ['a lost connection', { message: 'Connection terminated unexpectedly' }, 'database_unreachable'],
    [
      'a connection that was lost before it was asked',
      { message: 'Client has encountered a connection error and is not queryable' },
      'database_unreachable',
    ],
  ])('says of %s what can be done', (_what, error, code) => {
    expect(databaseFault(Object.assign(new Error('failed'), error))?.code).toBe(code);
  });

  it.each([new Error('a defect'), Object.assign(new Error('a defect'), { code: '42601' }), null, 'text'])(
    'leaves alone what is not the fault of the infrastructure: %s',
    (error) => {
      expect(databaseFault(error)).toBeNull();
    },
  );
});
