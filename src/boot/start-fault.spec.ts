import { describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load-config.js';
import { WrongMasterKeyError } from './master-key.js';
import { DatabaseStartError, startFaultText } from './start-fault.js';

const config = loadConfig({ DATABASE_URL: 'postgres://me:hunter2@db.internal:5433/caudal', PORT: '80' });
const fault = (code: string, more: Record<string, unknown> = {}) =>
  Object.assign(new Error(`${code} happened`), { code, ...more });

describe('startFaultText', () => {
  it('says that the port is taken, and what to do', () => {
    expect(startFaultText(fault('EADDRINUSE', { syscall: 'listen' }), config)).toMatch(
      /^Another program listens on 127\.0\.0\.1:80 already: .*PORT/,
    );
  });

  it('says that the account may not take the port', () => {
    expect(startFaultText(fault('EACCES', { syscall: 'listen' }), config)).toContain('1024 or above');
  });

  it('says that the host is not one of this machine', () => {
    expect(startFaultText(fault('EADDRNOTAVAIL', { syscall: 'listen' }), config)).toContain(
      'HOST "127.0.0.1"',
    );
  });

  it('says where no Postgres answers, without the password', () => {
    const refused = new AggregateError([fault('ECONNREFUSED'), fault('ECONNREFUSED')]);
    const text = startFaultText(new DatabaseStartError(refused), config);
    expect(text).toMatch(/^No Postgres answers at db\.internal:5433\/caudal \(ECONNREFUSED\)/);
    expect(text).not.toContain('hunter2');
  });

  it.each([
    ['28P01', 'refuses the user or password'],
    ['3D000', 'has no such database'],
    ['42501', 'may not create tables'],
    ['XX000', 'could not be brought up to date'],
  ])('explains SQLSTATE %s', (code, words) => {
    expect(startFaultText(new DatabaseStartError(fault(code)), config)).toContain(words);
  });

  it('says which key is wrong, where it came from, and what to do', () => {
    const wrong = new WrongMasterKeyError();
    expect(startFaultText(wrong, loadConfig({ CAUDAL_DATA_DIR: '/var/data' }))).toMatch(
      /^The key in \/var\/data\/master-key is not the master key .* Give the key of before again/,
    );
    const server = loadConfig({ CAUDAL_MASTER_KEY: 'm'.repeat(32) });
    expect(startFaultText(wrong, server)).toMatch(/^CAUDAL_MASTER_KEY is not/);
    expect(startFaultText(wrong, server)).not.toContain('mmmm');
  });

  it('repeats the words of any other error', () => {
    expect(startFaultText(new Error('the disk is full'), config)).toBe(
      'Caudal could not start: the disk is full',
    );
  });
});
