import type { ControlFields } from './control-fields.js';

/** How a number behaves by itself, without scripted faults. Rates are from 0 to 1. */
export interface Behaviour {
  latencyMs: number;
  jitterMs: number;
  /** Permanent failures: half at once by a 4xx, half later by a failed status. */
  failureRate: number;
  /** 429 with code 130429. */
  throttleRate: number;
  /** Resets, 500s and silence, half of them after the message was accepted. */
  unknownRate: number;
  deliveredRate: number;
  readRate: number;
  replyRate: number;
  replyText: string;
  /** Free text outside an open 24 h window fails by webhook with 131047. */
  enforceWindow: boolean;
  /** Templates must exist in the account, be approved, and have the right number of parameters. */
  enforceTemplates: boolean;
  /** Mean delay between one status and the next. */
  statusDelayMs: number;
  duplicateStatusRate: number;
  lateStatusRate: number;
  lateStatusMs: number;
  shuffleStatuses: boolean;
  dropStatusRate: number;
  /** Most updates in one POST. */
  statusBatchSize: number;
  /** How long updates wait for company before they are posted. */
  statusFlushMs: number;
  webhookRetryForMs: number;
  /** How long after its acceptance a message is found by a look-up. */
  lookUpLagMs: number;
  aliases: boolean;
  /** Above it in any sliding second: 429 with code 130429. */
  maxPerSecond: number | undefined;
  seed: number;
}

const DEFAULT_STATUS_DELAY_MS = 300;
const LATE_BY_STATUS_DELAYS = 20;

export function readBehaviour(fields: ControlFields | undefined): Behaviour {
  const statusDelayMs = fields?.number('statusDelayMs') ?? DEFAULT_STATUS_DELAY_MS;
  const behaviour: Behaviour = {
    latencyMs: fields?.number('latencyMs') ?? 0,
    jitterMs: fields?.number('jitterMs') ?? 0,
    failureRate: fields?.rate('failureRate') ?? 0,
    throttleRate: fields?.rate('throttleRate') ?? 0,
    unknownRate: fields?.rate('unknownRate') ?? 0,
    deliveredRate: fields?.rate('deliveredRate') ?? 1,
    readRate: fields?.rate('readRate') ?? 0.6,
    replyRate: fields?.rate('replyRate') ?? 0,
    replyText: fields?.text('replyText') ?? 'Gracias',
    enforceWindow: fields?.flag('enforceWindow') ?? false,
    enforceTemplates: fields?.flag('enforceTemplates') ?? false,
    statusDelayMs,
    duplicateStatusRate: fields?.rate('duplicateStatusRate') ?? 0,
    lateStatusRate: fields?.rate('lateStatusRate') ?? 0,
    lateStatusMs: fields?.number('lateStatusMs') ?? Math.max(1000, statusDelayMs * LATE_BY_STATUS_DELAYS),
    shuffleStatuses: fields?.flag('shuffleStatuses') ?? false,
    dropStatusRate: fields?.rate('dropStatusRate') ?? 0,
    statusBatchSize: fields?.integer('statusBatchSize', { min: 1, max: 1000 }) ?? 100,
    statusFlushMs: fields?.number('statusFlushMs', { min: 1, max: 60_000 }) ?? 5,
    webhookRetryForMs: fields?.number('webhookRetryForMs') ?? 600_000,
    lookUpLagMs: fields?.number('lookUpLagMs') ?? 0,
    aliases: fields?.flag('aliases') ?? false,
    maxPerSecond: fields?.integer('maxPerSecond', { min: 1 }),
    seed: fields?.integer('seed', { min: Number.MIN_SAFE_INTEGER }) ?? 1,
  };
  fields?.refuseOthers();
  return behaviour;
}
