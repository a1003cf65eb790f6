import type { HttpAnswer, HttpResult } from '../http/http-result.js';
import type { QrCode, RestartAnswer } from '../provider-answers.js';
import type { ChannelHealth } from '../provider.js';
import { member, parseJson, textOf, wholeNumber } from '../json-reader.js';
import { isUnlicensed, readEvolutionError } from './evolution-answer.js';
import { refusalOfText, UNAUTHORIZED, UNLICENSED } from './evolution-errors.js';
import { personReason } from './disconnect-reasons.js';

/** What GET /instance/connectionState said: how the instance is, or why that is not known. */
export type StateAnswer =
  | { readonly kind: 'state'; readonly state: string | undefined }
  | { readonly kind: 'trouble'; readonly health: ChannelHealth };

export function readState(result: HttpResult): StateAnswer {
  if (result.kind === 'failure') {
    // Who answers late has not said that the session is lost.
    const connection = result.fault.kind === 'lost' ? 'unknown' : 'disconnected';
    return { kind: 'trouble', health: { connection, reason: `${result.fault.what}.` } };
  }
  const instance = member(parseJson(result.body), 'instance');
  if (result.status === 200 && typeof instance === 'object' && instance !== null) {
    // "status" in the answers of a restart and of versions before 2.
    return { kind: 'state', state: textOf(member(instance, 'state')) ?? textOf(member(instance, 'status')) };
  }
  return { kind: 'trouble', health: healthOfTrouble(result) };
}

function healthOfTrouble({ status, body }: HttpAnswer): ChannelHealth {
  if (status === 401) return leftToPerson(UNAUTHORIZED.reason);
  if (isUnlicensed(status, body)) return leftToPerson(UNLICENSED.reason);
  const refusal = readEvolutionError(status, body)
    ?.texts.map((text) => refusalOfText(status, text))
    .find((known) => known !== undefined);
  if (refusal !== undefined) return leftToPerson(refusal.reason);
  if (status >= 500 || status === 429) {
    return {
      connection: 'unknown',
      reason: `Evolution API, or a proxy before it, answered with an error (HTTP ${status}); try again later.`,
    };
  }
  return leftToPerson(`What answered (HTTP ${status}) is not Evolution API; check baseUrl.`);
}

/** What Evolution keeps of an instance in its database. */
export interface KeptState {
  readonly status: string | undefined;
  /** WhatsApp's reason for ending the session, where Evolution gave up on it. */
  readonly reasonCode: number | undefined;
  /** It was connected to a number once; the status of one that never was is "open" as well. */
  readonly wasLinked: boolean;
}

/** Of GET /instance/fetchInstances; undefined where it tells nothing about this instance. */
export function readKeptState(result: HttpResult, instance: string): KeptState | undefined {
  if (result.kind === 'failure' || result.status !== 200) return undefined;
  const rows = parseJson(result.body);
  const row = Array.isArray(rows) ? rows.find((entry) => member(entry, 'name') === instance) : undefined;
  if (row === undefined) return undefined;
  return {
    status: textOf(member(row, 'connectionStatus')),
    reasonCode: wholeNumber(member(row, 'disconnectionReasonCode')),
    wasLinked: textOf(member(row, 'ownerJid')) !== undefined,
  };
}

/**
 * How a session is that is not open. Its state alone cannot tell: "close" is a session that comes back by itself in
 * seconds as well as one that was logged out, and "connecting" one that waits for a code as well. The database can: it
 * says "close" only once Evolution has given up, and "connecting" only once a code was shown.
 */
export function healthOfState(state: string | undefined, kept: KeptState | undefined): ChannelHealth {
  switch (state) {
    case 'open':
      return { connection: 'connected' };
    case 'connecting':
      return kept?.status === 'connecting'
        ? { connection: 'connecting', needsPerson: true, reason: WAITS_FOR_CODE }
        : { connection: 'connecting', reason: 'Evolution API is connecting the instance to WhatsApp.' };
    case 'close':
      return kept?.wasLinked === true && kept.status !== 'close'
        ? {
            connection: 'disconnected',
            reason: 'The instance lost WhatsApp; Evolution API connects it again.',
          }
        : leftToPerson(personReason(kept?.reasonCode));
    case 'refused':
      return leftToPerson('No code was scanned in time; link the phone again.');
    case undefined:
      return {
        connection: 'disconnected',
        reason: 'Evolution API knows the instance but has not started it; restart the server.',
      };
    default:
      return { connection: 'unknown', reason: 'Evolution API gave a state that Caudal does not know.' };
  }
}

export const WAITS_FOR_CODE = 'The instance waits for its code to be scanned with the phone.';

/** What POST /instance/restart said; undefined where only the state of the instance can tell what came of it. */
export function readRestart(result: HttpResult): RestartAnswer | undefined {
  if (result.kind === 'failure') {
    return { kind: 'failed', code: result.fault.code, reason: `${result.fault.what}.` };
  }
  const { status, body } = result;
  if (status !== 200) {
    const { needsPerson, reason = '' } = healthOfTrouble(result);
    return { kind: needsPerson === true ? 'needs_person' : 'failed', code: `http_${status}`, reason };
  }
  const answer = parseJson(body);
  if (typeof answer !== 'object' || answer === null) {
    return { kind: 'failed', code: 'bad_answer', reason: 'The answer to the restart could not be read.' };
  }
  // Refused, and answered with 200 all the same: the message is "[object Object]" and says nothing.
  if (member(answer, 'error') === true) return undefined;
  if (readCode(answer) !== undefined)
    return { kind: 'needs_person', code: 'qr_wanted', reason: WAITS_FOR_CODE };
  return { kind: 'restarting' };
}

/** After a restart that was refused: whether a person can do what it could not. */
export function refusedRestart({ connection, needsPerson, reason }: ChannelHealth): RestartAnswer {
  if (needsPerson === true)
    return { kind: 'needs_person', code: 'session_closed', reason: reason ?? WAITS_FOR_CODE };
  return {
    kind: 'failed',
    code: 'restart_refused',
    reason: `Evolution API refused the restart; the instance is ${connection}.`,
  };
}

/** What GET /instance/connect said; null for a session that needs no code. Throws where there is none to show. */
export function readLinkCode(result: HttpResult): QrCode | null {
  if (result.kind === 'failure') throw new Error(result.fault.what);
  const { status, body } = result;
  if (status !== 200) throw new Error((healthOfTrouble(result).reason ?? '').replace(/\.$/, ''));
  const answer = parseJson(body);
  if (textOf(member(member(answer, 'instance'), 'state')) === 'open') return null;
  const code = readCode(answer) ?? readCode(member(answer, 'qrcode'));
  if (code === undefined) throw new Error('Evolution API has no code to show yet; ask again in some seconds');
  return code;
}

function readCode(answer: unknown): QrCode | undefined {
  const code = textOf(member(answer, 'code')) ?? null;
  const image = textOf(member(answer, 'base64'));
  const pairingCode = textOf(member(answer, 'pairingCode')) ?? null;
  const imageDataUrl = image?.startsWith('data:image/') === true ? image : null;
  if (code === null && imageDataUrl === null && pairingCode === null) return undefined;
  return { code, imageDataUrl, pairingCode };
}

function leftToPerson(reason: string): ChannelHealth {
  return { connection: 'disconnected', needsPerson: true, reason };
}
