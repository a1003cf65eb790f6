/** Of unique contacts in a moving 24 hours. */
interface SpentBudget {
  readonly contacts: number;
  readonly until: Date | null;
}

/**
 * Why a campaign is not sending right now (P8): the closed set of codes, each with its one sentence. The first group
 * is what the campaign itself says, the second what everything needs, the third what its channels say.
 */
const SENTENCES = {
  not_started: () => 'Nobody has started it yet.',
  waiting_for_schedule: (until: Date | null, why: string | null) =>
    why ?? (until === null ? 'It waits for its time.' : `It waits for its time, ${until.toISOString()}.`),
  preparing: () => 'Its recipients are being prepared.',
  pausing: (by: string, why: string | null) =>
    why ?? `${by} paused it; calls that had begun are being finished.`,
  paused: (by: string, why: string | null) => why ?? `${by} paused it.`,
  held_late: (why: string | null) => why ?? 'Its time is long past; a person must confirm that it may go on.',
  held_canary: (why: string | null) => why ?? 'Its canary failed; a person must confirm that it may go on.',
  held_quality: (why: string | null) =>
    why ?? 'A number that it is sent from is rated RED; a person must confirm that it may go on.',
  held_failure_rate: (why: string | null) =>
    why ?? 'Too many of its messages failed; a person must confirm that it may go on.',
  held_refused: (why: string | null) =>
    why ?? 'The provider refuses the message for everybody; a person must confirm that it may go on.',
  held: (why: string | null) => why ?? 'A person must confirm that it may go on.',
  canary_waiting: (until: Date) =>
    `Its canary is sent; until ${until.toISOString()} it waits for statuses and opt-outs, then it is decided.`,
  test_waiting: (until: Date) =>
    `The test of its variants is sent; at ${until.toISOString()} the winner is chosen for the rest.`,
  stopping: (by: string, why: string | null) =>
    why ?? `${by} stopped it; what was not sent is being cancelled.`,
  stopped: (by: string, why: string | null) => why ?? `${by} stopped it.`,
  completed: () => 'Every recipient is settled.',
  failed: (why: string | null) => why ?? 'It could not be prepared.',

  database_restored: () =>
    'The database was restored or failed over and may have forgotten messages that were sent; an admin must confirm it.',
  no_worker: () => 'No worker is alive: start a process with the role worker.',
  redis_unreachable: () => 'Redis cannot be reached; nothing is sent until it is back.',
  redis_refuses_writes: (why: string) => `Redis takes no writes, so nothing is sent: ${why}.`,

  channel_missing: () => 'The channel was deleted.',
  channel_held: (channel: string, why: string) => `Channel "${channel}" is held: ${why}`,
  session_down: (channel: string, why: string) => `Channel "${channel}" is not connected: ${why}`,
  breaker_open: (channel: string, why: string) => `Channel "${channel}" sends nothing: ${why}`,
  throttled: (channel: string, code: string, until: Date) =>
    `The provider asked channel "${channel}" to slow down (${code}); it goes on at ${until.toISOString()}.`,
  limit_spent: (channel: string, limit: string | SpentBudget) =>
    typeof limit === 'string'
      ? `The limit ${limit} of channel "${channel}" is spent; it goes on as its window moves.`
      : `The budget of the day of channel "${channel}" is spent: ${limit.contacts} contacts in 24 hours. ` +
        (limit.until === null ? '' : `The next place comes free at ${limit.until.toISOString()}; `) +
        'replies and single messages go out meanwhile.',
  channel_paused: (pauses: readonly { readonly channel: string; readonly by: string }[]) =>
    pauses.map(({ channel, by }) => `${by} paused channel "${channel}" for this campaign.`).join(' '),
  outside_window: (until: Date | null) =>
    `It is waiting for its window: it may send only in its hours, ${until === null ? 'and they have just ended' : `which begin at ${until.toISOString()}`}.`,
  finishing_retries: (until: Date) =>
    `What is left waits to be tried again; the first of it at ${until.toISOString()}.`,
  waiting: (until: Date) => `What is left waits for its pace or for a limit, until ${until.toISOString()}.`,
  stalled: () =>
    'It should be sending, nothing is in its way, and nothing happens: a defect. It is being rung for again and again; the log of the workers has what was seen.',
};

export type ReasonCode = keyof typeof SENTENCES;

export const REASON_CODES = Object.keys(SENTENCES) as readonly ReasonCode[];

export interface SendingReason {
  /** Stable. */
  readonly code: ReasonCode;
  /** For people; its wording may change. */
  readonly text: string;
  /** ISO 8601; null where the moment is not known. */
  readonly since: string | null;
}

/** The reason of this code; `words` are what its sentence is about. */
export function because<Code extends ReasonCode>(
  code: Code,
  since: Date | null,
  ...words: Parameters<(typeof SENTENCES)[Code]>
): SendingReason {
  const sentence = SENTENCES[code] as (...words: Parameters<(typeof SENTENCES)[Code]>) => string;
  return { code, text: sentence(...words), since: since?.toISOString() ?? null };
}
