import type { HttpResult } from '../http/http-result.js';
import type { QrCode, RestartAnswer } from '../provider-answers.js';
import type { AnswerReader } from './gateway-answer.js';
import type { QrMapping } from './gateway-mapping.js';
import { jsonPath, parseJson, textAt } from './json-path.js';
import type { OwnWords } from './own-words.js';

const DATA_URL = /data:image\/(?:png|jpeg|svg\+xml|gif|webp);base64,[A-Za-z0-9+/]+={0,2}/;
/** What a phone reads holds a few hundred characters; base64 of an image is thousands. */
const MOST_CODE_CHARACTERS = 2_000;

/** What came of asking for a restart: services answer before the session is back, if they answer at all. */
export function restartAnswer(result: HttpResult, reader: AnswerReader, words: OwnWords): RestartAnswer {
  if (result.kind === 'failure') {
    // Some end their process instead of answering; whether it comes back is for the status to tell.
    if (result.fault.kind === 'lost') return { kind: 'restarting' };
    return { kind: 'failed', code: result.fault.code, reason: `${result.fault.what}.` };
  }
  const { status, body } = result;
  const { verdict, words: said } = reader.read(body);
  if (status >= 200 && status < 300 && verdict !== 'no') return { kind: 'restarting' };
  const reason = words.after(`The service did not restart its session (HTTP ${status}).`, said, undefined);
  return { kind: 'failed', code: `http_${status}`, reason };
}

/** Null where no code waits. Understands JSON, and the image in a page that is meant for people. */
export function qrCodeIn(result: HttpResult, { code, pairingCode }: QrMapping): QrCode | null {
  if (result.kind === 'failure' || result.status >= 300) return null;
  const json = parseJson(result.body);
  const found = json === undefined ? undefined : textAt(json, code.map(jsonPath));
  const imageDataUrl = DATA_URL.exec(found ?? result.body)?.[0] ?? null;
  const pairing = (json === undefined ? undefined : textAt(json, pairingCode.map(jsonPath))) ?? null;
  const isText = found !== undefined && imageDataUrl === null && found.length <= MOST_CODE_CHARACTERS;
  if (!isText && imageDataUrl === null && pairing === null) return null;
  return { code: isText ? found : null, imageDataUrl, pairingCode: pairing };
}
