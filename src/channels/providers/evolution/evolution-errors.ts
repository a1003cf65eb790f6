import type { FailureClass } from '../send-outcome.js';

export const SESSION_ERROR_CODE = 'session_error';

/** A refusal that proves that nothing was sent; `reason` is for people and names nobody. */
export interface EvolutionRefusal {
  readonly class: FailureClass | 'throttled_number';
  readonly code: string;
  readonly reason: string;
}

interface KnownText extends EvolutionRefusal {
  readonly pattern: RegExp;
  /** The only HTTP status under which the text proves something; without it, any. */
  readonly status?: number;
}

/**
 * Texts that can come from one place alone, and one that lies before the message is handed to WhatsApp: the checks of a
 * call, the look for the number, fetching and uploading of a file, encryption, and the look at the socket just before
 * the message is written to it. Evolution answers 400 to whatever goes wrong from there on, its own database included,
 * so no status proves anything, and a text that is not here is `unknown`.
 */
const KNOWN_TEXTS: readonly KnownText[] = [
  {
    // Baileys says so before it writes to a socket that is not open, and to queries that it waits for; a message is
    // written and not waited for.
    pattern: /^(?:Error: )?Connection Closed$/,
    class: 'session_down',
    code: 'session_down',
    reason: 'The instance has lost its connection to WhatsApp; restart it, or link the phone again.',
  },
  {
    // What has no instance, or an instance that has no client, has sent nothing.
    pattern:
      /^(?:TypeError: )?Cannot read properties of (?:undefined|null) \(reading '(?:textMessage|mediaMessage|audioWhatsapp|templateMessage|onWhatsApp|sendMessage|waUploadToServer)'\)$/,
    class: 'session_down',
    code: 'instance_not_started',
    reason:
      'Evolution API has not started the instance; restart it, or the server, and link the phone again.',
  },
  {
    // libsignal, which encrypts for each device of the recipient before there is anything to write.
    pattern: /^SessionError: /,
    class: 'session_down',
    code: SESSION_ERROR_CODE,
    reason: 'The instance has lost the keys by which it encrypts for this person; restart it.',
  },
  {
    // Only questions are answered so; a message is written and not waited for.
    pattern: /^(?:Error: )?rate-overlimit$/,
    class: 'throttled_number',
    code: 'rate_overlimit',
    reason: 'WhatsApp finds that the account asks too fast, and lets it look up no more numbers for now.',
  },
  {
    pattern: /^(?:Error: )?Media upload failed on all hosts$/,
    class: 'transient_media',
    code: 'media_upload',
    reason: 'WhatsApp did not take the file from the instance.',
  },
  {
    pattern: /^(?:Error: )?Failed to fetch stream from /,
    class: 'transient_media',
    code: 'media_fetch',
    reason: 'Evolution API could not fetch the file; check that its link can be reached from there.',
  },
  {
    // Under 400 it may be a service that Evolution asks after the sending, such as speech to text.
    pattern: /^(?:AxiosError: .*|Request failed with status code \d{3})$/,
    status: 500,
    class: 'transient_media',
    code: 'media_fetch',
    reason: 'Evolution API could not fetch the file; check that its link can be reached from there.',
  },
  {
    pattern: /^Failed to convert audio$/,
    class: 'permanent_message',
    code: 'media_convert',
    reason: 'Evolution API could not convert the file to a voice message.',
  },
  {
    pattern: /^Method not available in the Baileys service$/,
    class: 'permanent_config',
    code: 'no_templates',
    reason:
      'The instance is linked to a phone, which cannot send templates; use one of integration WHATSAPP-BUSINESS.',
  },
  {
    pattern:
      /^(?:Text is required|Owned media must be a url(?:,| or) base64.*|For base64 the file name must be informed\.|File buffer, URL, or base64 audio is required)$/,
    status: 400,
    class: 'permanent_message',
    code: 'bad_message',
    reason: 'Evolution API finds the text empty, or the link of the file not to be one.',
  },
  {
    pattern: /^The ".*" instance does not exist$/s,
    status: 404,
    class: 'permanent_config',
    code: 'instance_missing',
    reason: 'Evolution API has no such instance; check instance, which is its name as the manager shows it.',
  },
  {
    pattern: /^Cannot (?:GET|POST) \//,
    status: 404,
    class: 'permanent_config',
    code: 'no_such_path',
    reason: 'Evolution API does not know the call; check baseUrl, and that its version is 2.0 or later.',
  },
];

/** What one text of an error proves; undefined where it proves nothing. */
export function refusalOfText(status: number, text: string): EvolutionRefusal | undefined {
  return KNOWN_TEXTS.find((known) => (known.status ?? status) === status && known.pattern.test(text));
}

/** For what must not depend on a text: Evolution answers so to nothing else. */
export const UNAUTHORIZED: EvolutionRefusal = {
  class: 'auth_stop',
  code: 'http_401',
  reason:
    'The API key was not accepted; set apiKey to the token of the instance, or to AUTHENTICATION_API_KEY of the server.',
};

export const UNLICENSED: EvolutionRefusal = {
  class: 'account_stop',
  code: 'license_required',
  reason: 'This Evolution API is not activated and refuses every call; activate it on its manager page.',
};

export const NO_ACCOUNT: EvolutionRefusal = {
  class: 'permanent_recipient',
  code: 'not_on_whatsapp',
  reason: 'WhatsApp has no account of this number; it may have one under an older form of the number.',
};

export const BAD_BODY: EvolutionRefusal = {
  class: 'permanent_message',
  code: 'bad_message',
  reason: 'Evolution API finds a field of the message missing or wrong.',
};
