import type { FailureClass } from '../send-outcome.js';

/** A refusal that proves that the message did not go out; `reason` is for people and names nobody. */
export interface WahaRefusal {
  readonly class: FailureClass | 'throttled_number';
  /** Kept in the ledger; of WhatsApp's own codes the number alone. */
  readonly code: string;
  readonly reason: string;
}

/**
 * WhatsApp's own answers to a message that an engine handed over (GOWS: "server returned error N"), which it gives in
 * place of taking it. N of 500 and above are trouble of its own and prove nothing.
 */
const SERVER_CODES: Readonly<Record<number, WahaRefusal>> = {
  463: {
    class: 'account_stop',
    code: '463',
    reason:
      'WhatsApp does not let this account begin new chats for now; let it rest, send more slowly, then lift the hold.',
  },
  // With a session that calls itself WORKING; only a restart mends it (devlikeapro/waha#2084).
  400: {
    class: 'session_down',
    code: 'session_down',
    reason:
      'WhatsApp refuses all that the session sends (its code 400) though WAHA calls it WORKING; restart it.',
  },
  429: { class: 'throttled_number', code: '429', reason: 'WhatsApp finds that the account sends too fast.' },
};

const SERVER_RETURNED = /^(?:\d+ [A-Z_]+: )?server returned error (\d{3})$/;
const NO_ACCOUNT = /^(?:\d+ [A-Z_]+: )?no LID found for \S+ from server$/;

/** What a text that an engine threw proves; undefined where it proves nothing. */
export function refusalOfThrown(thrown: string): WahaRefusal | undefined {
  if (NO_ACCOUNT.test(thrown)) {
    return {
      class: 'permanent_recipient',
      code: 'no_lid',
      reason: 'WhatsApp knows no account of this number; it may have one under an older form of the number.',
    };
  }
  const code = Number(SERVER_RETURNED.exec(thrown)?.[1] ?? 0);
  if (code < 400 || code >= 500) return undefined;
  return (
    SERVER_CODES[code] ?? {
      class: 'permanent_message',
      code: String(code),
      reason: `WhatsApp refused the message with its code ${code}, which Caudal does not know.`,
    }
  );
}

/** A sentence for a failure that an ack reported. */
export function reasonOfAck(code: string): string {
  const known = /^\d{3}$/.test(code) ? SERVER_CODES[Number(code)] : undefined;
  if (known?.class === 'account_stop') return 'WhatsApp does not let this account begin new chats for now.';
  return known?.reason ?? 'WhatsApp did not take the message from the session.';
}
