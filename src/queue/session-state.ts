import { assertNever } from '../common/assert-never.js';

/**
 * The web session of a channel, as it was last noted. Pure: what is seen of it leads to what is noted, and that to what
 * is done about it.
 *
 * Invariants: what does not tell changes nothing; whoever says that only a person can help is believed until it is
 * connected; no sight alone starts more restarts than the policy allows before it has been connected for a while.
 */
export interface Session {
  readonly connection: 'connected' | 'connecting' | 'disconnected';
  /** Since when it has been connected, or has not. */
  readonly sinceMs: number;
  readonly needsPerson: boolean;
  readonly code: string | null;
  readonly reason: string | null;
  /** Sends in a row that found it down, while the provider called it connected. */
  readonly refusals: number;
  /** By itself, since it was connected for a while. */
  readonly restarts: number;
  /** When the next is due; null while there is nothing to restart. */
  readonly restartAtMs: number | null;
  readonly restartedAtMs: number | null;
}

/** What somebody saw of it: a look at the provider, its webhook, or a send that was refused. */
export interface SessionSight {
  readonly source: 'look' | 'webhook' | 'send';
  readonly connection: 'connected' | 'connecting' | 'disconnected' | 'unknown';
  readonly needsPerson: boolean;
  readonly code: string | null;
  readonly reason: string | null;
}

export interface RestartPolicy {
  readonly mostRestarts: number;
  readonly firstWaitMs: number;
}

/** Connected for less than this, it has not come back: the restarts before are counted on. */
const STEADY_MS = 600_000;
/** A look that says connected, against one send that was refused, counts after this. */
const DOUBT_MS = 10_000;

/** Null where nothing is to be noted. */
export function sessionAfter(
  before: Session | null,
  sight: SessionSight,
  nowMs: number,
  policy: RestartPolicy,
): Session | null {
  const { connection } = sight;
  switch (connection) {
    case 'unknown':
      return null;
    case 'connected':
      return sight.source === 'look' && isDoubted(before, nowMs, policy)
        ? null
        : connectedAfter(before, nowMs);
    case 'connecting':
    case 'disconnected':
      return { ...lostAfter(before, sight, nowMs, policy), connection };
    default:
      return assertNever(connection);
  }
}

function connectedAfter(before: Session | null, nowMs: number): Session {
  return {
    connection: 'connected',
    sinceMs: before?.connection === 'connected' ? before.sinceMs : nowMs,
    needsPerson: false,
    code: null,
    reason: null,
    refusals: before?.refusals ?? 0,
    restarts: before?.restarts ?? 0,
    restartAtMs: null,
    restartedAtMs: before?.restartedAtMs ?? null,
  };
}

function lostAfter(
  before: Session | null,
  sight: SessionSight,
  nowMs: number,
  policy: RestartPolicy,
): Omit<Session, 'connection'> {
  const isNew = before === null || before.connection === 'connected';
  const wasSteady = before === null || (isNew && nowMs - before.sinceMs >= STEADY_MS);
  const restarts = wasSteady ? 0 : before.restarts;
  const refusals = (wasSteady ? 0 : before.refusals) + (sight.source === 'send' ? 1 : 0);
  const needsPerson = sight.needsPerson || (!isNew && before.needsPerson);
  const restartAtMs = isNew ? nowMs + waitMs(restarts, policy) : before.restartAtMs;
  return {
    sinceMs: isNew ? nowMs : before.sinceMs,
    needsPerson,
    // A look may know less than the webhook that said why.
    code: sight.code ?? (isNew ? null : before.code),
    reason: sight.reason ?? (isNew ? null : before.reason),
    refusals,
    restarts,
    restartAtMs: needsPerson || policy.mostRestarts === 0 ? null : restartAtMs,
    restartedAtMs: before?.restartedAtMs ?? null,
  };
}

/**
 * Some servers call a session connected whose line is dead, and refuse each send on it. Let go on at once, the channel
 * would be held and opened every few seconds and never be restarted.
 */
function isDoubted(before: Session | null, nowMs: number, policy: RestartPolicy): boolean {
  if (before === null || before.connection === 'connected' || before.refusals === 0) return false;
  if (before.restartedAtMs !== null && before.restartedAtMs >= before.sinceMs) return false;
  const lostMs = nowMs - before.sinceMs;
  if (before.refusals === 1) return lostMs < DOUBT_MS;
  return mayRestart(before, policy) || lostMs < policy.firstWaitMs;
}

function mayRestart({ needsPerson, restarts }: Session, { mostRestarts }: RestartPolicy): boolean {
  return !needsPerson && restarts < mostRestarts;
}

/** Whether it is to be restarted now, by itself. */
export function isRestartDue(session: Session, nowMs: number, policy: RestartPolicy): boolean {
  const { connection, restartAtMs } = session;
  return (
    connection !== 'connected' && mayRestart(session, policy) && restartAtMs !== null && restartAtMs <= nowMs
  );
}

/** Counted before it is tried: a worker that dies over it must not make another one. */
export function restartBegun(session: Session, nowMs: number, policy: RestartPolicy): Session {
  const restarts = session.restarts + 1;
  return { ...session, restarts, restartedAtMs: nowMs, restartAtMs: nowMs + waitMs(restarts, policy) };
}

/** A person restarts it: whatever was tried before counts no more. */
export function restartOrdered(session: Session, nowMs: number, policy: RestartPolicy): Session {
  const restartAtMs = policy.mostRestarts === 0 ? null : nowMs + policy.firstWaitMs;
  return { ...session, needsPerson: false, refusals: 0, restarts: 0, restartedAtMs: nowMs, restartAtMs };
}

/** A restart was refused because no restart helps. */
export function leftToPerson(session: Session, code: string, reason: string): Session {
  return { ...session, needsPerson: true, code, reason, restartAtMs: null };
}

function waitMs(restarts: number, { firstWaitMs }: RestartPolicy): number {
  return firstWaitMs * 2 ** restarts;
}

/** Why the channel is held, and what is done about it or is to be done. */
export function lostReason(session: Session, nowMs: number, policy: RestartPolicy): string {
  const { connection, reason, code, needsPerson, restarts, restartAtMs } = session;
  const why = reason ?? (code === null ? 'Its provider does not say why.' : `Its provider says ${code}.`);
  return `Its session is ${connection}. ${sentence(why)} ${nextOf()}`;

  function nextOf(): string {
    if (needsPerson) {
      return (
        'It is not restarted by itself: a person must act. GET /api/channels/:id/qr has the code where one must be ' +
        'scanned, POST /api/channels/:id/restart begins it anew; once it is connected, sending goes on by itself.'
      );
    }
    const orders =
      'POST /api/channels/:id/restart restarts it; once it is connected, sending goes on by itself.';
    if (restartAtMs === null) return orders;
    if (restarts < policy.mostRestarts) {
      const at = new Date(restartAtMs).toISOString();
      return `Unless it comes back, it is restarted at ${at} (${restarts + 1} of ${policy.mostRestarts}).`;
    }
    return restartAtMs > nowMs
      ? `It was restarted (${restarts} of ${policy.mostRestarts}) and is waited for.`
      : `It was restarted ${restarts} times and did not come back: look at its phone. ${orders}`;
  }
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`;
}
