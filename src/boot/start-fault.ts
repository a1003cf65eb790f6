import { join } from 'node:path';
import type { Config } from '../config/config.js';
import { WrongMasterKeyError } from './master-key.js';

/** The database could not be reached or brought up to date. */
export class DatabaseStartError extends Error {
  constructor(override readonly cause: unknown) {
    super('the database could not be prepared');
    this.name = 'DatabaseStartError';
  }
}

interface SystemFault {
  code?: string;
  syscall?: string;
  message?: string;
  errors?: readonly SystemFault[];
}

/** Why it did not start, in a line that says what to do; the stack is of no help for these. */
export function startFaultText(error: unknown, config: Config): string {
  if (error instanceof DatabaseStartError) return databaseFaultText(error.cause, config);
  if (error instanceof WrongMasterKeyError) return masterKeyFaultText(config);
  const { code, syscall, message } = error as SystemFault;
  const address = `${config.host}:${config.port}`;
  if (code === 'EADDRINUSE') {
    return `Another program listens on ${address} already: stop it, or set PORT to a free port (0 takes any).`;
  }
  if (code === 'EACCES' && syscall === 'listen') {
    return `This account may not listen on ${address}: set PORT to 1024 or above.`;
  }
  if (code === 'EADDRNOTAVAIL' || (code === 'ENOTFOUND' && message?.includes(config.host))) {
    return `HOST "${config.host}" is not an address of this machine: 127.0.0.1 is for itself only, 0.0.0.0 for all.`;
  }
  return `Caudal could not start: ${message ?? String(error)}`;
}

function masterKeyFaultText(config: Config): string {
  const where =
    config.masterKey === undefined ? `The key in ${join(config.dataDir, 'master-key')}` : 'CAUDAL_MASTER_KEY';
  return (
    `${where} is not the master key that this database was set up with. With it, the credentials of the channels ` +
    'could not be read and opt-outs would not be recognised, so nothing was started. Give the key of before again, ' +
    'from the backup of the secrets. If it is lost, docs/operations.md ("A wrong or lost master key") says what can be saved.'
  );
}

function databaseFaultText(cause: unknown, config: Config): string {
  const fault = innermost(cause as SystemFault);
  const where = config.databaseUrl === undefined ? 'the embedded Postgres' : whereOf(config.databaseUrl);
  switch (fault.code) {
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EHOSTUNREACH':
    case 'ETIMEDOUT':
      return `No Postgres answers at ${where} (${fault.code}): start it, or mend DATABASE_URL; without one, Caudal runs its own.`;
    case '28P01':
    case '28000':
      return `Postgres at ${where} refuses the user or password of DATABASE_URL: ${fault.message}.`;
    case '3D000':
      return `Postgres at ${where} has no such database: create it (${fault.message}).`;
    case '42501':
      return `The user of DATABASE_URL may not create tables at ${where}: ${fault.message}.`;
    default:
      return `The database at ${where} could not be brought up to date: ${fault.message ?? String(cause)}`;
  }
}

/** A name with several addresses fails with one error for all of them. */
function innermost(fault: SystemFault): SystemFault {
  const [first] = fault.errors ?? [];
  return first === undefined ? fault : innermost(first);
}

/** Without user and password. */
function whereOf(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl);
  return `${host}${pathname}`;
}
