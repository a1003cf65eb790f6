import type { FailureClass } from '../send-outcome.js';

export type CloudErrorClass = FailureClass | 'throttled_number' | 'throttled_app' | 'throttled_pair';

/** What one code of the Cloud API means; `reason` is for people and names nobody. */
export interface CloudError {
  readonly class: CloudErrorClass;
  readonly reason: string;
  /** The person asked not to be written to. */
  readonly suppress?: true;
  /** Transient and documented as not accepted: may be tried again. Any other transient code cannot be told. */
  readonly notAccepted?: true;
  /** How long to wait where the answer does not say. */
  readonly retryAfterMs?: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

function all(codes: readonly number[], error: CloudError): [number, CloudError][] {
  return codes.map((code) => [code, error]);
}

function one(
  code: number,
  errorClass: CloudErrorClass,
  reason: string,
  more: Partial<CloudError> = {},
): [number, CloudError] {
  return [code, { class: errorClass, reason, ...more }];
}

const TOKEN = 'create a token of a System User that never expires and set it as accessToken';
const PERMISSION: CloudError = {
  class: 'auth_stop',
  reason: `The access token lacks the permission whatsapp_business_messaging; ${TOKEN}.`,
};

/** Codes as Meta documents them. Decide on these, never on the HTTP status or the message: both vary. */
const CLOUD_ERRORS: ReadonlyMap<number, CloudError> = new Map([
  // The token: nothing goes out until somebody sets another one.
  one(0, 'auth_stop', `Meta could not authenticate the app user; ${TOKEN}.`),
  one(3, 'auth_stop', `The app may not make this call; give it whatsapp_business_messaging and ${TOKEN}.`),
  one(10, 'auth_stop', `The app has no permission for this number; grant it, or ${TOKEN}.`),
  one(102, 'auth_stop', `The session of the access token has ended; ${TOKEN}.`),
  one(104, 'auth_stop', `The access token does not fit the app; ${TOKEN}.`),
  one(190, 'auth_stop', `The access token is wrong or has expired; ${TOKEN}.`),
  one(131005, 'auth_stop', `The access token may not act for this number; ${TOKEN}.`),

  // The account or the number: a person must sort it out with Meta.
  one(
    368,
    'account_stop',
    'Meta has blocked the account for a while for breaking its policies; see Business Support Home.',
  ),
  one(130497, 'account_stop', 'Meta does not let this business write to people in this country.'),
  one(131031, 'account_stop', 'Meta has locked or restricted the account; see Business Support Home.'),
  one(
    131037,
    'account_stop',
    'The display name of the number is not approved yet; set one in WhatsApp Manager.',
  ),
  one(131042, 'account_stop', "The account's payment method does not work; set one in WhatsApp Manager."),
  one(131045, 'account_stop', 'The number is not registered with a right certificate; register it again.'),
  one(133005, 'account_stop', 'The two-step PIN of the number is wrong; reset it in WhatsApp Manager.'),
  one(133006, 'account_stop', 'The number has to be verified before it can be registered.'),
  one(
    133010,
    'account_stop',
    'The number is not registered on the Cloud API; register it in WhatsApp Manager.',
  ),

  // This message is wrong as it is.
  one(33, 'permanent_message', 'The object that the message names does not exist or may not be used.'),
  one(100, 'permanent_message', 'A parameter of the message is missing, misspelt or not allowed.'),
  one(131008, 'permanent_message', 'A required parameter of the message is missing.'),
  one(131009, 'permanent_message', 'A value in the message is not valid.'),
  one(131036, 'permanent_message', 'The message expired before it could be delivered.'),
  one(131051, 'permanent_message', 'WhatsApp does not support this type of message.'),
  one(131055, 'permanent_message', 'This method is not allowed for the message.'),
  one(135000, 'permanent_message', 'WhatsApp could not process the message; a parameter of it is not right.'),

  // The template or the set-up is wrong: it would be so for everybody. The templates are read again at the first of them,
  // and campaigns whose template is not approved any more are paused.
  one(
    131063,
    'permanent_config',
    'Marketing templates may not go this way any more; give the content "marketing": {}.',
  ),
  one(132000, 'permanent_config', 'The number of variables does not fit the template.'),
  one(132001, 'permanent_config', 'There is no approved template of this name in this language.'),
  one(132005, 'permanent_config', 'The text is too long once the variables are filled in.'),
  one(132007, 'permanent_config', "The template breaks WhatsApp's content policy."),
  one(132008, 'permanent_config', 'A variable does not have the format that the template asks for.'),
  one(132012, 'permanent_config', 'A variable does not have the format that the template asks for.'),
  one(
    132015,
    'permanent_config',
    'The template is paused for low quality; it may come back after some hours.',
  ),
  one(132016, 'permanent_config', 'The template is disabled for low quality; make another one.'),
  one(132018, 'permanent_config', 'The parameters do not fit the template.'),
  one(132068, 'permanent_config', 'The flow that the template opens is blocked.'),
  one(132069, 'permanent_config', 'The flow that the template opens is throttled.'),
  one(134011, 'permanent_config', "WhatsApp Payments' terms have not been accepted."),
  one(
    134100,
    'permanent_config',
    'Only marketing templates may be sent this way; leave marketing out of the content.',
  ),
  one(134102, 'permanent_config', 'The template cannot be used for marketing messages.'),

  // This person: another try would end the same.
  one(130403, 'permanent_recipient', 'The person cannot be written to by this business.', { suppress: true }),
  one(131021, 'permanent_recipient', 'The number is the sending number itself.'),
  one(
    131026,
    'permanent_recipient',
    'The number is not on WhatsApp, has an old version, or has not accepted its terms.',
  ),
  one(
    131030,
    'permanent_recipient',
    'The test number may only write to the numbers on its list; add this one, or use a real number.',
  ),
  one(131050, 'permanent_recipient', 'The person has stopped marketing messages of this business.', {
    suppress: true,
  }),
  one(
    131062,
    'permanent_recipient',
    'This kind of message cannot be sent to a user id without a phone number.',
  ),
  one(131047, 'window_closed', 'More than 24 hours since the person wrote: only a template can be sent.'),
  one(470, 'window_closed', 'More than 24 hours since the person wrote: only a template can be sent.'),
  one(
    130472,
    'deferred_recipient',
    "The person's number is part of an experiment of Meta; it may be reached another time.",
  ),
  one(
    131049,
    'deferred_recipient',
    'Meta held it back to keep the number of marketing messages to this person low; try in a day or more.',
  ),

  // Too fast.
  one(130429, 'throttled_number', 'More messages a second than the number may send.', {
    retryAfterMs: 2 * SECOND,
  }),
  one(
    131048,
    'throttled_number',
    'Too many people blocked or reported this number; Meta limits what it may send.',
    { retryAfterMs: HOUR },
  ),
  one(131064, 'throttled_number', 'The number has reached its messaging limit for this kind of template.', {
    retryAfterMs: HOUR,
  }),
  one(131056, 'throttled_pair', 'Too many messages to the same person in a short time.', {
    retryAfterMs: 6 * SECOND,
  }),
  ...all([4, 17, 613], {
    class: 'throttled_app',
    reason: 'The app has reached its limit of calls.',
    retryAfterMs: MINUTE,
  }),
  ...all([80007, 80008], {
    class: 'throttled_app',
    reason: 'The business account has reached its limit of calls.',
    retryAfterMs: MINUTE,
  }),
  one(133016, 'throttled_app', 'The number was registered too often; Meta asks to wait.', {
    retryAfterMs: HOUR,
  }),

  // Trouble on their side. Without a word that it was not accepted, nobody can tell.
  one(1, 'transient', 'Meta had an unknown error; the message may be out.'),
  one(2, 'transient', "Meta's service was down for a moment; the message may be out."),
  one(131000, 'transient', 'Something went wrong at Meta; the message may be out.'),
  one(131016, 'transient', "Meta's service was unavailable; the message may be out."),
  one(131057, 'transient', 'The account is in maintenance at Meta for some minutes.', {
    notAccepted: true,
    retryAfterMs: MINUTE,
  }),
  one(133004, 'transient', "Meta's server is unavailable for now.", {
    notAccepted: true,
    retryAfterMs: MINUTE,
  }),
  one(134101, 'transient', 'The template is still being prepared at Meta.', {
    notAccepted: true,
    retryAfterMs: 10 * MINUTE,
  }),
  one(
    131053,
    'transient_media',
    'Meta could not fetch or take the media; check that its link is public and fast.',
    { retryAfterMs: MINUTE },
  ),
  one(131052, 'permanent_message', 'The media of a received message could not be fetched.'),
  one(131060, 'permanent_message', 'The message is not available any more.'),
]);

/** What Meta says more closely of code 190. */
const TOKEN_SUBCODES: ReadonlyMap<number, CloudError> = new Map([
  [463, { class: 'auth_stop', reason: `The access token has expired; ${TOKEN}.` }],
  [460, { class: 'auth_stop', reason: `The password behind the access token was changed; ${TOKEN}.` }],
  [467, { class: 'auth_stop', reason: `The access token was taken back; ${TOKEN}.` }],
]);

/** 200–299 are permissions of the Graph API, all of one meaning. */
export function cloudError(code: number, subcode?: number): CloudError | undefined {
  if (code === 190 && subcode !== undefined) return TOKEN_SUBCODES.get(subcode) ?? CLOUD_ERRORS.get(code);
  return CLOUD_ERRORS.get(code) ?? (code >= 200 && code <= 299 ? PERMISSION : undefined);
}

/** A sentence for a code that came by webhook; `title` is Meta's own short word for it. */
export function cloudReason(code: number, title: string | undefined): string {
  const known = cloudError(code);
  if (known !== undefined) return known.reason;
  // Digits are cut out: a title that quotes a phone number must not bring it into the ledger.
  const words = title?.replace(/\d{5,}/g, '…').slice(0, 200);
  return words ? `WhatsApp: ${words}` : `WhatsApp reported its code ${code}.`;
}
