import type { Agent } from 'undici';
import { downloadFile } from '../http/file-download.js';
import { uploadForm } from '../http/file-upload.js';
import { gatedAgent } from '../http/gated-agent.js';
import type { AddressGate, HttpCalls } from '../http/http-calls.js';
import type { HttpResult } from '../http/http-result.js';
import type { MediaDownload, MediaUpload, MediaUploadAnswer } from '../provider-answers.js';
import { readGraphError } from './cloud-answer.js';
import { member, parseJson, textOf, wholeNumber } from '../json-reader.js';
import { cloudError } from './cloud-errors.js';
import { uploadFault } from './cloud-media-types.js';

/** Meta keeps an uploaded file for so long. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;
const MEDIA_ID = /^\w{1,100}$/;
/** "Object with ID … does not exist": files of received messages are gone after seven days. */
const SUBCODE_GONE = 33;
/** Without a name of ours Meta's file servers answer some requests with a page. */
const USER_AGENT = 'caudal';

/** What a number's files need: the addresses that its client worked out, and its token. */
export interface CloudMediaAccess {
  readonly origin: string;
  /** `/v23.0` */
  readonly versionPath: string;
  /** `/v23.0/<phone number id>` */
  readonly numberPath: string;
  readonly phoneNumberId: string;
  readonly authorization: string;
}

/** Files to and from Meta. Rare beside messages, hence connections of their own that are opened when first needed. */
export class CloudMedia {
  private opened: Agent | undefined;

  constructor(
    private readonly access: CloudMediaAccess,
    private readonly calls: HttpCalls,
    private readonly gate: AddressGate,
  ) {}

  async upload(upload: MediaUpload, deadlineMs: number): Promise<MediaUploadAnswer> {
    const fault = uploadFault(upload);
    if (fault !== undefined) {
      upload.file.destroy();
      return { kind: 'refused', ...fault };
    }
    const { origin, numberPath, authorization } = this.access;
    const result = await uploadForm(
      {
        url: `${origin}${numberPath}/media`,
        headers: { authorization, 'user-agent': USER_AGENT },
        fields: { messaging_product: 'whatsapp', type: upload.mimeType },
        fileField: 'file',
        upload,
        deadlineMs,
      },
      this.agent(),
    );
    return uploadAnswer(result, Date.now());
  }

  /** Two calls: where the file is, which Meta says for five minutes, and the file. */
  async open(
    ref: string,
    { deadlineMs, maxBytes }: { deadlineMs: number; maxBytes: number },
  ): Promise<MediaDownload> {
    if (!MEDIA_ID.test(ref)) return { kind: 'gone' };
    const { versionPath, phoneNumberId, authorization, origin } = this.access;
    const startedMs = performance.now();
    const result = await this.calls.call(
      {
        method: 'GET',
        path: `${versionPath}/${ref}?phone_number_id=${phoneNumberId}`,
        headers: ['authorization', authorization],
      },
      deadlineMs,
    );
    const place = placeOf(result, origin);
    if (place.kind !== 'place') return place;
    if (place.bytes !== null && place.bytes > maxBytes) return { kind: 'too_large', bytes: place.bytes };
    const leftMs = Math.max(1, deadlineMs - (performance.now() - startedMs));
    const headers = { authorization, 'user-agent': USER_AGENT };
    const download = await downloadFile(
      { url: place.url, headers, deadlineMs: leftMs, maxBytes },
      this.agent(),
    );
    return download.kind === 'media'
      ? { ...download, mimeType: place.mimeType ?? download.mimeType }
      : download;
  }

  async close(): Promise<void> {
    await this.opened?.close();
  }

  private agent(): Agent {
    this.opened ??= gatedAgent(this.gate);
    return this.opened;
  }
}

interface Place {
  readonly kind: 'place';
  readonly url: string;
  readonly mimeType: string | null;
  readonly bytes: number | null;
}

function placeOf(result: HttpResult, origin: string): Place | MediaDownload {
  if (result.kind === 'failure') {
    return { kind: 'failed', code: result.fault.code, reason: `${result.fault.what}.` };
  }
  const error = readGraphError(result.body);
  if (error !== undefined) {
    if (error.code === 100 && error.subcode === SUBCODE_GONE) return { kind: 'gone' };
    const reason = cloudError(error.code, error.subcode)?.reason;
    return {
      kind: 'failed',
      code: String(error.code),
      reason: reason ?? `Meta refused to say where the file is, with its code ${error.code}.`,
    };
  }
  const answer = parseJson(result.body);
  const url = textOf(member(answer, 'url'));
  // The token goes there: over TLS, or back to where it was sent in the first place.
  const isSafe =
    url !== undefined &&
    URL.canParse(url) &&
    (new URL(url).protocol === 'https:' || new URL(url).origin === origin);
  if (result.status !== 200 || url === undefined || !isSafe) {
    return {
      kind: 'failed',
      code: 'bad_answer',
      reason: `The answer (HTTP ${result.status}) did not say where the file is; check baseUrl.`,
    };
  }
  const mimeType = textOf(member(answer, 'mime_type')) ?? null;
  return { kind: 'place', url, mimeType, bytes: wholeNumber(member(answer, 'file_size')) ?? null };
}

function uploadAnswer(result: HttpResult, nowMs: number): MediaUploadAnswer {
  if (result.kind === 'failure') {
    return { kind: 'failed', code: result.fault.code, reason: `${result.fault.what}.` };
  }
  const id = textOf(member(parseJson(result.body), 'id'));
  if (result.status === 200 && id !== undefined && MEDIA_ID.test(id)) {
    return { kind: 'uploaded', mediaId: id, expiresAt: new Date(nowMs + KEPT_MS) };
  }
  const error = readGraphError(result.body);
  if (error === undefined || result.status >= 500) {
    return {
      kind: 'failed',
      code: `http_${result.status}`,
      reason: `The answer (HTTP ${result.status}) did not say what became of the file; try again.`,
    };
  }
  const reason =
    error.code === 100
      ? 'Meta did not take the file: its type or size is not right, or phoneNumberId is not the right number.'
      : cloudError(error.code, error.subcode)?.reason;
  return {
    kind: 'refused',
    code: String(error.code),
    reason: reason ?? `Meta refused the file with its code ${error.code}.`,
  };
}
