import type { RuleClass } from './gateway-mapping.js';

export interface KnownError {
  readonly class: RuleClass;
  readonly code: string;
  readonly reason: string;
}

interface KnownWords extends KnownError {
  readonly words: readonly string[];
}

/**
 * What such services, and the two libraries that nearly all of them are made of, say in their errors; in lower case.
 * The order counts. First what may come after the message has left: a library that gave up waiting, a page that was
 * closed under it, an answer that could not be read. Services put whatever was thrown into `success: false`, so that
 * these words are no proof of anything, whatever stands beside them.
 */
const KNOWN_WORDS: readonly KnownWords[] = [
  {
    class: 'unknown',
    code: 'gave_up_waiting',
    reason: 'The service gave up while WhatsApp was at work on it; the message may be out.',
    words: [
      'timed out',
      'timeout',
      'time out',
      'tiempo de espera',
      'protocol error',
      'target closed',
      'session closed',
      'execution context',
      'evaluation failed',
      'detached frame',
      'cannot read propert',
      'is not a function',
      'is not iterable',
      'is not defined',
      'econnreset',
      'socket hang up',
      'aborted',
      'stream errored',
      'connection lost',
      'connection terminated',
      'connection failure',
    ],
  },
  {
    class: 'account_stop',
    code: 'logged_out',
    reason: 'The session is logged out of WhatsApp; scan its code again.',
    words: ['logged out', 'loggedout', 'not logged in', 'sesión cerrada', 'sesion cerrada'],
  },
  {
    class: 'permanent_recipient',
    code: 'not_on_whatsapp',
    reason: 'The service says that the number is not on WhatsApp.',
    words: [
      'not registered',
      'not on whatsapp',
      'not a whatsapp',
      'no whatsapp account',
      "doesn't have whatsapp",
      'does not have whatsapp',
      "isn't registered",
      'no está registrado',
      'no esta registrado',
      'no tiene whatsapp',
      'no lid for user',
      'invalid wid',
      'number not found',
      'number does not exist',
      'número no existe',
      'numero no existe',
    ],
  },
  {
    class: 'session_down',
    code: 'session_down',
    reason: "The service's session is not connected to WhatsApp.",
    // "connection closed" is Baileys' refusal to write to a socket that is closed; a message that it wrote is never
    // answered with it.
    words: [
      'not connected',
      'not ready',
      "isn't ready",
      'not initialized',
      'not initialised',
      'not authenticated',
      'is not open',
      'no está conectado',
      'no esta conectado',
      'no conectado',
      'no está listo',
      'no esta listo',
      'desconectado',
      'no active session',
      'no session',
      'session not found',
      'connection closed',
      'scan the qr',
      'scan qr',
      'escanea',
    ],
  },
  {
    class: 'throttled',
    code: 'too_fast',
    reason: 'The service says that this is too fast.',
    words: ['too many requests', 'rate limit', 'rate-limit', 'ratelimit', 'rate-overlimit', 'demasiadas'],
  },
  {
    class: 'permanent_recipient',
    code: 'bad_number',
    reason: 'The service does not take the number.',
    words: [
      'invalid phone',
      'invalid number',
      'invalid recipient',
      'invalid jid',
      'número inválido',
      'numero invalido',
      'número no válido',
    ],
  },
];

export function knownError(words: string): KnownError | undefined {
  if (words === '') return undefined;
  const lower = words.toLowerCase();
  return KNOWN_WORDS.find((known) => known.words.some((word) => lower.includes(word)));
}
