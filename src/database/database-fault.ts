import { DomainError } from '../common/domain-error.js';
import { sqlStateOf } from './postgres-codes.js';

/** A NUL in a text, and one in JSON. */
const NUL_IN_TEXT = new Set(['22021', '22P05']);
const STATEMENT_CANCELLED = '57014';
const LOCK_NOT_AVAILABLE = '55P03';
/** Too many connections; starting up, shutting down, ended by an administrator, crashed. */
const NOT_THERE = new Set(['53300', '57P01', '57P02', '57P03']);
const NO_WAY_THERE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN']);
/** What pg says, which gives these no code. */
const POOL_IS_BUSY = 'timeout exceeded when trying to connect';
const CONNECTION_LOST = /^(Connection terminated|Client has encountered a connection error)/;

/**
 * What a request is told whose statement Postgres did not run to its end: too slow, too busy, not there, or asked to
 * keep what no text can be. Null for everything else, which is a defect of ours.
 */
export function databaseFault(error: unknown): DomainError | null {
  const code = sqlStateOf(error) ?? '';
  if (code === STATEMENT_CANCELLED) {
    return new DomainError(
      'too-slow',
      'database_too_slow',
      'The database took too long and was told to stop. Ask for less: a filter that is rarer, fewer at once.',
    );
  }
  if (NUL_IN_TEXT.has(code)) {
    return new DomainError(
      'invalid',
      'validation_failed',
      'A text of the request holds a NUL, which none can hold.',
    );
  }
  const { message = '' } = (error ?? {}) as { message?: string };
  if (code === LOCK_NOT_AVAILABLE || message === POOL_IS_BUSY) {
    return databaseBusy();
  }
  if (NOT_THERE.has(code) || NO_WAY_THERE.has(code) || CONNECTION_LOST.test(message)) {
    return new DomainError(
      'unavailable',
      'database_unreachable',
      'The database cannot be reached, or was lost in the middle. Look whether it was done before sending it again.',
      { retryAfterSeconds: 5 },
    );
  }
  return null;
}

/** Whether it failed for want of a connection, and so says nothing of the statement itself. */
export const isDatabaseAway = (error: unknown): boolean =>
  databaseFault(error)?.code === 'database_unreachable';

export function databaseBusy(): DomainError {
  return new DomainError(
    'unavailable',
    'database_busy',
    'The database has too much to do right now. Nothing is wrong with the request: send it again in a moment.',
    { retryAfterSeconds: 2 },
  );
}
