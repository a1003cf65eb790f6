import type { HttpResult } from '../http/http-result.js';
import type { QrCode, RestartAnswer } from '../provider-answers.js';
import type { ChannelHealth } from '../provider.js';
import { member, parseJson } from '../json-reader.js';
import { readWahaError } from './waha-answer.js';
import { wahaSessionState } from './waha-session.js';

/** What GET /api/sessions/{session} says: the state of the session, or which setting is wrong. */
export function wahaHealth(result: HttpResult): ChannelHealth {
  if (result.kind === 'failure') return disconnected(`${result.fault.what}.`);
  const { status, body } = result;
  if (status === 200) return healthOfSession(member(parseJson(body), 'status'));
  const isOfWaha = readWahaError(status, body) !== undefined;
  if (status >= 500) {
    return {
      connection: 'unknown',
      reason: `WAHA answered with a server error (HTTP ${status}); try again later.`,
    };
  }
  if (status === 401) {
    return disconnected(
      'apiKey was not accepted; set what WAHA was started with as WAHA_API_KEY (not its hash), or a key made at WAHA.',
    );
  }
  if (status === 403 && isOfWaha) {
    return disconnected('apiKey may not read this session; use an admin key, or a key of this very session.');
  }
  if (status === 404 && isOfWaha) {
    return disconnected(
      "There is no such session at WAHA; create it in WAHA's dashboard, or correct session.",
    );
  }
  return disconnected(
    `What answered (HTTP ${status}) is not WAHA; check baseUrl, which is the address of WAHA without /api.`,
  );
}

function healthOfSession(status: unknown): ChannelHealth {
  const state = wahaSessionState(status);
  if (state !== undefined) {
    const { connection, needsPerson, reason } = state;
    if (connection === 'connected') return { connection };
    return { connection, ...(reason !== undefined && { reason }), ...(needsPerson && { needsPerson }) };
  }
  return typeof status === 'string'
    ? { connection: 'unknown', reason: 'WAHA gives the session a status that Caudal does not know.' }
    : disconnected('What answered is not WAHA; check baseUrl, which is the address of WAHA without /api.');
}

function disconnected(reason: string): ChannelHealth {
  return { connection: 'disconnected', reason };
}

/** The answer to POST …/restart; the session is stopped and started behind it. */
export function wahaRestart(result: HttpResult): RestartAnswer {
  if (result.kind === 'failure')
    return { kind: 'failed', code: result.fault.code, reason: `${result.fault.what}.` };
  const { status, body } = result;
  if (status >= 200 && status < 300) {
    const state = wahaSessionState(member(parseJson(body), 'status'));
    return state?.needsPerson === true ? needsPerson(state.reason) : { kind: 'restarting' };
  }
  const { reason } = wahaHealth(result);
  return {
    kind: 'failed',
    code: `http_${status}`,
    reason: reason ?? `WAHA answered the restart with HTTP ${status}.`,
  };
}

export function needsPerson(reason: string | undefined): RestartAnswer {
  return {
    kind: 'needs_person',
    code: 'needs_person',
    reason: reason ?? 'The session needs a person at WAHA.',
  };
}

/**
 * From the two forms that WAHA gives its code in, as a text and as an image; null where it has none to show: the session
 * needs none, or is on its way.
 */
export function wahaQrCode(asText: HttpResult, asImage: HttpResult): QrCode | null {
  const code = textIn(asText, 'value');
  const data = textIn(asImage, 'data');
  const mimeType = textIn(asImage, 'mimetype') ?? '';
  const isImage = data !== null && /^image\/[\w.+-]+$/.test(mimeType) && /^[A-Za-z0-9+/=]+$/.test(data);
  if (code === null && !isImage) return null;
  return { code, imageDataUrl: isImage ? `data:${mimeType};base64,${data}` : null, pairingCode: null };
}

function textIn(result: HttpResult, name: string): string | null {
  if (result.kind === 'failure' || result.status !== 200) return null;
  const value = member(parseJson(result.body), name);
  return typeof value === 'string' && value !== '' ? value : null;
}
