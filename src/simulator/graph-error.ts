import { randomBytes } from 'node:crypto';

interface KnownCode {
  status: number;
  title: string;
  details?: string;
  transient?: true;
}

/** What the Cloud API says for each code: the HTTP status, the title and the usual details. */
const KNOWN_CODES = new Map<number, KnownCode>([
  [0, { status: 401, title: 'AuthException' }],
  [1, { status: 400, title: 'An unknown error occurred' }],
  [2, { status: 503, title: 'Service temporarily unavailable', transient: true }],
  [4, { status: 400, title: 'Application request limit reached' }],
  [10, { status: 403, title: 'Application does not have permission for this action' }],
  [100, { status: 400, title: 'Invalid parameter' }],
  [190, { status: 401, title: 'Invalid OAuth access token - Cannot parse access token' }],
  [368, { status: 403, title: 'Temporarily blocked for policies violations' }],
  [80007, { status: 400, title: 'Rate limit issues' }],
  [
    130429,
    {
      status: 429,
      title: 'Rate limit hit',
      details: 'Too many messages from this phone number in a short time',
    },
  ],
  [130472, { status: 400, title: "User's number is part of an experiment" }],
  [130497, { status: 403, title: 'Business account is restricted from messaging users in this country' }],
  [131000, { status: 500, title: 'Something went wrong' }],
  [131005, { status: 403, title: 'Access denied' }],
  [131008, { status: 400, title: 'Required parameter is missing' }],
  [131009, { status: 400, title: 'Parameter value is not valid' }],
  [131016, { status: 500, title: 'Service unavailable', transient: true }],
  [131021, { status: 400, title: 'Recipient cannot be sender' }],
  [
    131026,
    { status: 400, title: 'Message undeliverable', details: 'The recipient cannot receive this message' },
  ],
  [131030, { status: 400, title: 'Recipient phone number not in allowed list' }],
  [131031, { status: 403, title: 'Account has been locked' }],
  [131042, { status: 400, title: 'Business eligibility payment issue' }],
  [
    131047,
    {
      status: 400,
      title: 'Re-engagement message',
      details: 'More than 24 hours have passed since the recipient last replied to this number',
    },
  ],
  [131048, { status: 400, title: 'Spam rate limit hit' }],
  [131049, { status: 400, title: 'Not delivered to maintain healthy ecosystem engagement' }],
  [131050, { status: 400, title: 'User has stopped marketing messages from this business' }],
  [131051, { status: 400, title: 'Unsupported message type' }],
  [131053, { status: 400, title: 'Media upload error' }],
  [131056, { status: 400, title: '(Business Account, Consumer Account) pair rate limit hit' }],
  [131057, { status: 500, title: 'Account in maintenance mode' }],
  [132000, { status: 400, title: 'Number of parameters does not match the expected number of params' }],
  [132001, { status: 404, title: 'Template name does not exist in the translation' }],
  [132012, { status: 400, title: 'Parameter format does not match format in the created template' }],
  [132015, { status: 400, title: 'Template is paused' }],
  [134100, { status: 400, title: 'Only marketing messages are supported' }],
  [133010, { status: 400, title: 'Phone number not registered' }],
]);

const ERROR_CODES_PAGE = 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/';

/** A refusal as the Graph API words it. */
export interface GraphError {
  status: number;
  code: number;
  body: string;
}

/** The envelope of a WhatsApp code: `(#code) title`, with the details in error_data. */
export function whatsappError(code: number, details?: string, status?: number): GraphError {
  const known = KNOWN_CODES.get(code);
  return envelope(status ?? known?.status ?? 400, code, {
    message: `(#${code}) ${known?.title ?? 'An error occurred'}`,
    type: 'OAuthException',
    code,
    ...(known?.transient && { is_transient: true }),
    error_data: { messaging_product: 'whatsapp', details: details ?? known?.details ?? known?.title ?? '' },
  });
}

/** A parameter that the Graph API itself refuses, before WhatsApp sees it: no error_data. */
export function parameterError(message: string): GraphError {
  return envelope(400, 100, { message: `(#100) ${message}`, type: 'OAuthException', code: 100 });
}

export function unknownObjectError(objectId: string): GraphError {
  return envelope(400, 100, {
    message:
      `Unsupported post request. Object with ID '${objectId}' does not exist, cannot be loaded due to missing ` +
      'permissions, or does not support this operation',
    type: 'GraphMethodException',
    code: 100,
    error_subcode: 33,
  });
}

export function unknownPathError(): GraphError {
  return envelope(404, 2500, { message: 'Unknown path components', type: 'OAuthException', code: 2500 });
}

export function tokenError(): GraphError {
  const message = 'Invalid OAuth access token - Cannot parse access token';
  return envelope(401, 190, { message, type: 'OAuthException', code: 190 });
}

/** The same code as an element of `statuses[].errors[]`. */
export function webhookError(code: number): object {
  const known = KNOWN_CODES.get(code);
  const title = known?.title ?? 'An error occurred';
  return {
    code,
    title,
    message: title,
    error_data: { details: known?.details ?? title },
    href: ERROR_CODES_PAGE,
  };
}

function envelope(status: number, code: number, error: object): GraphError {
  const fbtraceId = `A${randomBytes(16).toString('base64url')}`;
  return { status, code, body: JSON.stringify({ error: { ...error, fbtrace_id: fbtraceId } }) };
}
