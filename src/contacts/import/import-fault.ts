import { isDiskFull } from './disk-full.js';
import { FileRefused } from './file-refused.js';

/** What an error in the middle of an import means for it. */
export type ImportFault =
  | { readonly kind: 'passing' }
  | { readonly kind: 'file'; readonly text: string }
  | { readonly kind: 'ours'; readonly text: string };

/** An import that was taken up this often goes nowhere, whatever each single error says. */
const MOST_TAKES = 25;
/** Connection lost, transaction rolled back, out of resources, operator's intervention, lock not available. */
const PASSING_CLASSES = new Set(['08', '40', '53', '57', '55']);
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** `takes`: how often a process has taken the import so far. */
export function faultOf(error: unknown, takes: number): ImportFault {
  if (error instanceof FileRefused) return { kind: 'file', text: error.message };
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ENOENT') {
    return { kind: 'file', text: 'the uploaded file is no longer there; upload it again' };
  }
  if (isDiskFull(error)) {
    return { kind: 'ours', text: 'the disk of the server has no room for the texts of this workbook' };
  }
  if (takes < MOST_TAKES && isPassing(error, code)) return { kind: 'passing' };
  return {
    kind: 'ours',
    text: 'something broke on our side while importing; the log has it under this import’s id',
  };
}

function isPassing(error: unknown, code: unknown): boolean {
  if (typeof code !== 'string') {
    // pg reports a lost connection as a plain Error without a code.
    return error instanceof Error && /connection|timeout/i.test(error.message);
  }
  return SQLSTATE.test(code)
    ? PASSING_CLASSES.has(code.slice(0, 2))
    : /^(?:ECONN|EPIPE|ETIMEDOUT)/.test(code);
}
