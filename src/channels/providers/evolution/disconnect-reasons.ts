/** WhatsApp's codes after which Evolution has ended the session and no restart brings it back. */
const PERSON_REASONS: Readonly<Record<number, string>> = {
  401: 'The phone was unlinked from the instance, or WhatsApp ended its session; link it again.',
  402: 'WhatsApp has suspended the account for a while; see the phone, then link it again.',
  403: 'WhatsApp has banned the account; see the phone for what can be done.',
  406: 'WhatsApp does not accept the account any more; see the phone, then link it again.',
};

const PASSING_REASONS: Readonly<Record<number, string>> = {
  408: 'The connection of the instance to WhatsApp timed out.',
  428: 'The connection of the instance to WhatsApp was closed.',
  440: 'Another program took over the session of the instance; see that it is started once only.',
  500: 'WhatsApp found the session of the instance damaged.',
  515: 'WhatsApp wants the instance to begin its connection anew.',
};

export function needsPersonAfter(code: number | undefined): boolean {
  return code !== undefined && Object.hasOwn(PERSON_REASONS, code);
}

/** For a session that is lost for good. */
export function personReason(code: number | undefined): string {
  return (
    (code === undefined ? undefined : PERSON_REASONS[code]) ??
    'The instance is not linked to a phone; link it with the code that GET /api/channels/:id/qr gives.'
  );
}

export function lossReason(code: number | undefined): string | undefined {
  return code === undefined ? undefined : (PERSON_REASONS[code] ?? PASSING_REASONS[code]);
}
