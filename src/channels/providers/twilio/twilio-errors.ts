import type { FailureClass } from '../send-outcome.js';

export type TwilioErrorClass =
  | Exclude<FailureClass, 'session_down'>
  | 'throttled_number'
  | 'throttled_app'
  /** As throttled_app, until the next day begins. */
  | 'throttled_day';

/** What one code of Twilio means, whether it answers a send or comes in a status; `reason` is for people. */
export interface TwilioError {
  readonly class: TwilioErrorClass;
  readonly reason: string;
  /** The person asked not to be written to. */
  readonly suppress?: true;
  /** How long to wait where the answer does not say. */
  readonly retryAfterMs?: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

function one(
  code: number,
  errorClass: TwilioErrorClass,
  reason: string,
  more: Partial<TwilioError> = {},
): [number, TwilioError] {
  return [code, { class: errorClass, reason, ...more }];
}

const SUPPRESS = { suppress: true } as const;
const OUT_OF_TEMPLATE = 'compare the template in the Content Template Builder with the parameters';

/**
 * Codes as Twilio documents them. Those that begin with 63 come from WhatsApp and arrive in a status as a rule; as an
 * answer to a send they mean the same. Texts of Twilio may change, codes do not.
 */
const TWILIO_ERRORS: ReadonlyMap<number, TwilioError> = new Map([
  // The credentials or the account: nothing goes out until a person has mended it.
  one(
    20003,
    'auth_stop',
    'Twilio did not accept the credentials; check accountSid and authToken, or the API key.',
  ),
  one(20404, 'auth_stop', 'Twilio knows no such account; check accountSid.'),
  one(
    63001,
    'auth_stop',
    'WhatsApp did not accept the credentials of the sender; register the sender again.',
  ),
  one(20005, 'account_stop', 'The Twilio account is not active; see the Twilio Console.'),
  one(30002, 'account_stop', 'The Twilio account is suspended; see the Twilio Console.'),

  // Too fast.
  one(20429, 'throttled_app', 'Too many calls to Twilio at once.', { retryAfterMs: 2 * SECOND }),
  one(14107, 'throttled_app', 'The Twilio account sends faster than it may.', { retryAfterMs: 2 * SECOND }),
  one(63038, 'throttled_day', 'The Twilio account has reached its messages of the day.'),
  one(63017, 'throttled_number', 'The Twilio account sends faster over WhatsApp than it may.', {
    retryAfterMs: 2 * SECOND,
  }),
  one(63018, 'throttled_number', 'The sender sends faster than WhatsApp lets it.', {
    retryAfterMs: 2 * SECOND,
  }),
  one(21611, 'throttled_number', 'The queue of the sender at Twilio is full.', { retryAfterMs: MINUTE }),
  one(30001, 'throttled_number', 'The queue of the sender at Twilio is full.', { retryAfterMs: MINUTE }),
  // Going on at the same pace would cost the sender: slow down, and let the reason be seen.
  one(
    63026,
    'throttled_number',
    'WhatsApp took messages of the sender for spam; look at what is sent, and to whom.',
    {
      retryAfterMs: HOUR,
    },
  ),
  one(63039, 'throttled_number', 'Meta warns that messages of the sender bother people; send fewer.', {
    retryAfterMs: HOUR,
  }),
  one(
    30007,
    'throttled_number',
    'Messages of the sender are filtered as spam; look at what is sent, and to whom.',
    {
      retryAfterMs: HOUR,
    },
  ),

  // This person: another try would end the same.
  one(21211, 'permanent_recipient', 'The number is not valid.'),
  one(21614, 'permanent_recipient', 'The number cannot take messages.'),
  one(21610, 'permanent_recipient', 'The person has stopped messages of this sender.', SUPPRESS),
  one(63003, 'permanent_recipient', 'The number is not on WhatsApp.'),
  one(63014, 'permanent_recipient', 'The person has blocked this sender.', SUPPRESS),
  one(63033, 'permanent_recipient', 'The person has blocked this sender.', SUPPRESS),
  one(
    63024,
    'permanent_recipient',
    'The number is not on WhatsApp, has an old version, or has not accepted its terms.',
  ),
  one(
    21608,
    'permanent_recipient',
    'A trial account may only write to verified numbers; verify this one, or upgrade the account.',
  ),
  one(
    63015,
    'permanent_recipient',
    'The sandbox may only write to people who joined it; let them join, or use a sender of your own.',
  ),
  one(63016, 'window_closed', 'More than 24 hours since the person wrote: only a template can be sent.'),
  one(
    63049,
    'deferred_recipient',
    'Meta held it back to keep the number of marketing messages to this person low; try in a day or more.',
  ),
  one(
    63032,
    'deferred_recipient',
    "The person's number is part of an experiment of Meta; it may be reached another time.",
  ),

  // The sender or the template: it would be so for everybody. The templates are read again at the first of them.
  one(63007, 'permanent_config', 'The sender is not a WhatsApp sender of this account; check from.'),
  one(
    63008,
    'permanent_config',
    'The sender is not set up whole; see WhatsApp senders in the Twilio Console.',
  ),
  one(
    63020,
    'permanent_config',
    'The Meta business account of the sender has not accepted Twilio; see the Console.',
  ),
  one(
    63022,
    'permanent_config',
    'The display name of the sender has no right certificate; register it again.',
  ),
  one(21606, 'permanent_config', 'The sender cannot send messages of this kind; check from.'),
  one(21603, 'permanent_config', 'The call names no sender; set from or messagingServiceSid.'),
  one(21609, 'permanent_config', 'Twilio did not take the address for statuses; check CAUDAL_PUBLIC_URL.'),
  one(21701, 'permanent_config', 'There is no such Messaging Service; check messagingServiceSid.'),
  one(
    21703,
    'permanent_config',
    'The Messaging Service has no WhatsApp sender; add one in the Twilio Console.',
  ),
  one(21705, 'permanent_config', 'The Messaging Service cannot be used; check messagingServiceSid.'),
  one(21654, 'permanent_config', 'The call needs a template (ContentSid).'),
  one(21655, 'permanent_config', 'There is no such template in this account; check the name (HX…).'),
  one(21656, 'permanent_config', `The variables do not fit the template; ${OUT_OF_TEMPLATE}.`),
  one(63027, 'permanent_config', 'The template does not exist in this language.'),
  one(63028, 'permanent_config', `The number of variables does not fit the template; ${OUT_OF_TEMPLATE}.`),
  one(63029, 'permanent_config', 'WhatsApp could not fetch the template.'),
  one(63030, 'permanent_config', `A variable is not one of the template; ${OUT_OF_TEMPLATE}.`),
  one(63040, 'permanent_config', 'WhatsApp has not approved the template.'),
  one(
    63041,
    'permanent_config',
    'The template is paused for low quality; it may come back after some hours.',
  ),
  one(63062, 'permanent_config', 'WhatsApp does not let this sender use the template.'),

  // This message is wrong as it is.
  one(20001, 'permanent_message', 'Twilio does not know a parameter of the message.'),
  one(20422, 'permanent_message', 'A parameter of the message is not valid.'),
  one(21617, 'permanent_message', 'The text is longer than the 1,600 characters that Twilio takes.'),
  one(21620, 'permanent_message', 'The address of the file is not one that Twilio can fetch.'),
  one(63005, 'permanent_message', 'WhatsApp did not take what the message holds.'),
  one(63006, 'permanent_message', 'Twilio could not bring the message into the form of WhatsApp.'),
  one(63011, 'permanent_message', 'WhatsApp called the message invalid.'),
  one(63013, 'permanent_message', "The message breaks WhatsApp's policy."),
  one(63021, 'permanent_message', 'WhatsApp called what the message holds invalid.'),
  one(63034, 'permanent_message', 'The file is larger than WhatsApp takes.'),
  one(63037, 'permanent_message', 'WhatsApp did not take the file.'),
  one(30036, 'permanent_message', 'The message waited at Twilio for longer than it was valid.'),
  one(
    63019,
    'transient_media',
    'Twilio could not fetch the file; check that its address is public and fast.',
    {
      retryAfterMs: MINUTE,
    },
  ),

  // Trouble on their side; nobody can tell whether the message was taken.
  one(63009, 'transient', 'WhatsApp had a fault of its own; the message may be out.'),
  one(63010, 'transient', 'Twilio had a fault of its own; the message may be out.'),
  one(63012, 'transient', 'WhatsApp had a fault of its own; the message may be out.'),
  one(63023, 'transient', 'WhatsApp gave no reason; the message may be out.'),
  one(30008, 'transient', 'Twilio gave no reason; the message may be out.'),
]);

export function twilioError(code: number): TwilioError | undefined {
  return TWILIO_ERRORS.get(code);
}

/** A sentence for a code that came in a status; `words` are Twilio's own. */
export function twilioReason(code: number, words: string | null): string {
  const known = twilioError(code);
  if (known?.class === 'transient') return known.reason.replace('; the message may be out', '');
  if (known !== undefined) return known.reason;
  // Digits are cut out: a text that quotes a phone number must not bring it into the ledger.
  const said = words?.replace(/\d{5,}/g, '…').slice(0, 200);
  return said ? `Twilio: ${said}` : `Twilio reported its code ${code}.`;
}
