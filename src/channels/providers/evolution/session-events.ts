import type { SessionElement, WebhookElement } from '../webhook-element.js';
import { member, textOf, wholeNumber, wordOf } from '../json-reader.js';
import { lossReason, needsPersonAfter, personReason } from './disconnect-reasons.js';
import { WAITS_FOR_CODE } from './evolution-session.js';
import type { EvolutionEvent } from './evolution-event.js';

const NO_CODE_SCANNED = 'No code was scanned in time; link the phone again.';

/** What an event says of the session of the instance. */
export function readSessionEvent(event: EvolutionEvent, element: number): WebhookElement {
  const session = (said: Omit<SessionElement, 'kind' | 'element' | 'accountRef' | 'at'>): WebhookElement => ({
    kind: 'session',
    element,
    accountRef: null,
    ...said,
    at: event.at,
  });
  const lost = (code: string, reason: string): WebhookElement =>
    session({ connection: 'disconnected', needsPerson: true, code, reason });

  switch (event.name) {
    case 'qrcode.updated':
      return member(event.data, 'qrcode') === undefined
        ? lost('qr_limit', NO_CODE_SCANNED)
        : lost('qr_wanted', WAITS_FOR_CODE);
    case 'logout.instance':
      return lost('logged_out', personReason(401));
    case 'remove.instance':
      return lost('instance_removed', 'The instance was deleted at Evolution API; create it again.');
    case 'status.instance':
      // Sent once Evolution has ended the session, whatever WhatsApp's reason was.
      return member(event.data, 'status') === 'closed'
        ? lost(codeOf(reasonCode(event.data)), personReason(reasonCode(event.data)))
        : { kind: 'ignored', element, what: 'event:status_instance' };
    default:
      return readConnection();
  }

  function readConnection(): WebhookElement {
    const state = textOf(member(event.data, 'state')) ?? textOf(member(event.data, 'status'));
    const reason = wholeNumber(member(event.data, 'statusReason'));
    switch (state) {
      case 'open':
        return session({ connection: 'connected', needsPerson: false, code: 'open' });
      case 'connecting':
        return session({ connection: 'connecting', needsPerson: false, code: 'connecting' });
      case 'refused':
        return lost('qr_limit', NO_CODE_SCANNED);
      case 'close': {
        const words = lossReason(reason);
        return session({
          connection: 'disconnected',
          needsPerson: needsPersonAfter(reason),
          code: codeOf(reason),
          ...(words === undefined ? {} : { reason: words }),
        });
      }
      default:
        return { kind: 'ignored', element, what: `connection:${wordOf(state)}` };
    }
  }
}

function reasonCode(data: unknown): number | undefined {
  return wholeNumber(member(data, 'disconnectionReasonCode')) ?? wholeNumber(member(data, 'statusReason'));
}

function codeOf(reason: number | undefined): string {
  return reason === undefined ? 'closed' : String(reason);
}
