import type { HttpResult } from '../http/http-result.js';
import type { ChannelHealth } from '../provider.js';
import { anyMet, met, readyExpectations } from './gateway-answer.js';
import type { StatusMapping } from './gateway-mapping.js';
import { jsonPath, parseJson, textAt } from './json-path.js';
import { knownError } from './known-errors.js';
import type { OwnWords } from './own-words.js';

const ERROR_WORDS = ['error', 'error.message', 'lastError'].map(jsonPath);

/** Reads what the status path of a service says. */
export class GatewayHealth {
  private readonly ready;
  private readonly connecting;
  private readonly scan;

  constructor(
    { ready, connecting, scan }: StatusMapping,
    private readonly words: OwnWords,
  ) {
    this.ready = readyExpectations(ready);
    this.connecting = readyExpectations(connecting);
    this.scan = readyExpectations(scan);
  }

  of(result: HttpResult): ChannelHealth {
    if (result.kind === 'failure') return disconnected(`${result.fault.what}.`);
    const { status, body } = result;
    if (status === 401 || status === 403) {
      return disconnected(
        `The service does not accept the credentials (HTTP ${status}); set headers to those that it asks for.`,
      );
    }
    if (status === 404 || status === 405) return unsure(`There is nothing at status.path (HTTP ${status}).`);
    const json = parseJson(body);
    const isReady = met(this.ready, json);
    if (isReady === true && status < 300) return { connection: 'connected' };
    if (anyMet(this.scan, json)) {
      return {
        ...disconnected(
          "The service waits for its code to be scanned with the phone: see the channel's QR code.",
        ),
        needsPerson: true,
      };
    }
    if (anyMet(this.connecting, json))
      return { connection: 'connecting', reason: 'The service is connecting to WhatsApp.' };
    if (isReady === undefined) return unread(status, json);
    const said = textAt(json, ERROR_WORDS) ?? '';
    const lost = disconnected(
      this.words.after("The service's session is not connected to WhatsApp.", said, undefined),
    );
    // No restart brings back a session that is logged out, and some services log out by restarting.
    return knownError(said)?.class === 'account_stop' ? { ...lost, needsPerson: true } : lost;
  }
}

function unread(status: number, json: unknown): ChannelHealth {
  if (status >= 500) return unsure(`The service answered its status with a server error (HTTP ${status}).`);
  return json === undefined
    ? unsure(`What answered at status.path (HTTP ${status}) is no JSON; check baseUrl and status.path.`)
    : unsure(
        'The answer at status.path holds none of the members of status.ready; name the one that says it.',
      );
}

function disconnected(reason: string): ChannelHealth {
  return { connection: 'disconnected', reason };
}

function unsure(reason: string): ChannelHealth {
  return { connection: 'unknown', reason };
}
