import { until } from '../support/bench-campaigns.js';
import type { InboundRig } from './inbound-rig.js';
import { messageIdOf, recipientOf, writtenBy } from './written.js';

const ALL_WITHIN_MS = 120_000;

/** When each thing that a message had to bring about was there. */
export interface EffectTimes {
  readonly storedMs: number;
  /** What subscribers are told of it, the last of it. */
  readonly toldMs: number;
  /** Undefined where nothing is to be answered. */
  readonly repliedMs: number | undefined;
}

/** Waits until everything that people wrote has had every effect that it must have, and says when. */
export async function untilEffects(rig: InboundRig, people: number): Promise<EffectTimes[]> {
  const everybody = Array.from({ length: people }, (_, nth) => nth);
  await until(
    'everything to be stored and told',
    async () => (everybody.every((nth) => timesOf(rig, nth) !== undefined) ? true : undefined),
    ALL_WITHIN_MS,
  );
  const answered = everybody.filter((nth) => writtenBy(nth).effects.includes('reply'));
  await until(
    `${answered.length} answers`,
    async () =>
      (await rig.rig.provider.control.summary({ phoneNumberId: rig.channel.phoneNumberId })).calls >=
      answered.length
        ? true
        : undefined,
    ALL_WITHIN_MS,
  );
  const calls = await rig.rig.provider.calls({ phoneNumberId: rig.channel.phoneNumberId });
  const callAtMs = new Map(calls.map(({ to, receivedAtMs }) => [to.replace(/\D/g, ''), receivedAtMs]));
  if (calls.length !== answered.length || callAtMs.size !== answered.length) {
    throw new Error(`${calls.length} answers to ${callAtMs.size} people; ${answered.length} asked`);
  }
  return everybody.map((nth) => ({
    ...timesOf(rig, nth)!,
    repliedMs: callAtMs.get(recipientOf(nth).slice(1)),
  }));
}

/** Undefined while something is missing. */
function timesOf(
  { storedAtMs, subscriber }: InboundRig,
  nth: number,
): Omit<EffectTimes, 'repliedMs'> | undefined {
  const storedMs = storedAtMs.get(messageIdOf(nth));
  const { effects } = writtenBy(nth);
  const told = [
    'message.received',
    ...(effects.includes('forward') ? ['message.forwarded'] : []),
    ...(effects.includes('opt-out') ? ['contact.opted_out'] : []),
  ].map((type) => subscriber.atMs(type, recipientOf(nth)));
  if (storedMs === undefined || told.includes(undefined)) return undefined;
  return { storedMs, toldMs: Math.max(...(told as number[])) };
}

/** Rows that the effects left, which must be as many as the people who caused them. */
export async function expectRows({ rig: { database } }: InboundRig, people: number): Promise<void> {
  const { rows } = await database.query<Record<string, number>>(`
    SELECT (SELECT count(*)::int FROM inbound_messages) AS messages,
           (SELECT count(*)::int FROM conversations) AS conversations,
           (SELECT count(*)::int FROM contacts WHERE 'pregunta-horario' = ANY(tags)) AS asked,
           (SELECT count(*)::int FROM contacts WHERE 'pregunta-precio' = ANY(tags)
              AND attributes ->> 'interes' = 'kit azul') AS priced,
           (SELECT count(*)::int FROM contacts WHERE opted_out_at IS NOT NULL) AS stopped,
           (SELECT count(*)::int FROM webhook_quarantine) AS apart`);
  const everybody = Array.from({ length: people }, (_, nth) => writtenBy(nth));
  const stopped = everybody.filter(({ effects }) => effects.includes('opt-out')).length;
  const asked = everybody.filter(({ effects }) => effects.includes('reply')).length - stopped;
  const priced = everybody.filter(({ message }) => JSON.stringify(message).includes('precio')).length;
  const wanted = { messages: people, conversations: people, asked, priced, stopped, apart: 0 };
  if (JSON.stringify(rows[0]) !== JSON.stringify(wanted)) {
    throw new Error(`there is ${JSON.stringify(rows[0])} and not ${JSON.stringify(wanted)}`);
  }
}
