/** Refused before a statement could be sent: starting up, or too many connections. */
const REFUSED_CONNECTION = new Set(['57P03', '53300']);
/** What pg's pool says when it could not lend a connection in time. */
const NO_CONNECTION = new Set([
  'timeout exceeded when trying to connect',
  'Connection terminated due to connection timeout',
]);

/**
 * Whether a statement that failed is proved to have changed nothing: Postgres itself refused it, or it never got a
 * connection. Everything else, a connection that broke above all, may have come after the commit.
 */
export function isProvedUndone(error: unknown): boolean {
  const { severity, code, syscall, message } = error as {
    severity?: string;
    code?: string;
    syscall?: string;
    message?: string;
  };
  if (severity !== undefined) return severity === 'ERROR' || REFUSED_CONNECTION.has(code ?? '');
  return syscall === 'connect' || syscall === 'getaddrinfo' || NO_CONNECTION.has(message ?? '');
}
