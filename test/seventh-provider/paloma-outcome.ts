import type { HttpResult } from '../../src/channels/providers/http/http-result.js';
import type { SendOutcome } from '../../src/channels/providers/send-outcome.js';

/** What Paloma refuses a message with, and only before it takes one. */
const REFUSALS: Readonly<Record<string, SendOutcome>> = {
  bad_number: {
    kind: 'rejected',
    failureClass: 'permanent_recipient',
    code: 'bad_number',
    reason: 'The number is not on WhatsApp.',
  },
  bad_text: {
    kind: 'rejected',
    failureClass: 'permanent_message',
    code: 'bad_text',
    reason: 'Paloma does not take the text.',
  },
  bad_token: {
    kind: 'blocked',
    failureClass: 'auth_stop',
    code: 'bad_token',
    reason: 'Paloma does not accept the token; copy it anew from Paloma > Lines > Keys.',
  },
  slow_down: {
    kind: 'throttled',
    scope: 'number',
    retryAfterMs: 5_000,
    code: 'slow_down',
    reason: 'More messages a second than the line may send.',
  },
};

/** Proof that it was taken, proof that it was not, or neither: then it is unknown, and never sent again by itself. */
export function palomaOutcome(result: HttpResult): SendOutcome {
  if (result.kind === 'failure') {
    const { kind, code, what, speaksOfHealth } = result.fault;
    if (kind === 'not_sent') return { kind: 'unavailable', code, reason: `${what}.`, speaksOfHealth };
    if (kind === 'misconfigured') {
      return { kind: 'blocked', failureClass: 'permanent_config', code, reason: `${what}.` };
    }
    return { kind: 'unknown', code, reason: `${what}; the message may be out.`, speaksOfHealth };
  }
  const { id, error } = readAnswer(result.body);
  if (result.status === 202 && typeof id === 'string' && id !== '')
    return { kind: 'accepted', providerId: id };
  const isRefusal = result.status >= 400 && result.status < 500 && typeof error === 'string';
  if (isRefusal && Object.hasOwn(REFUSALS, error)) return REFUSALS[error]!;
  return {
    kind: 'unknown',
    code: `http_${result.status}`,
    reason: `Paloma's answer (HTTP ${result.status}) proves nothing; the message may be out.`,
    speaksOfHealth: true,
  };
}

function readAnswer(body: string): { id?: unknown; error?: unknown } {
  try {
    return (JSON.parse(body) ?? {}) as { id?: unknown; error?: unknown };
  } catch {
    return {};
  }
}
