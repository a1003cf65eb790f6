import { createHash, timingSafeEqual } from 'node:crypto';

/** Meta's GET when a webhook address is entered: the challenge to answer with 200, or null for a 403. */
export function answerHandshake(
  query: Readonly<Record<string, unknown>>,
  verifyTokens: readonly string[],
): string | null {
  const token = query['hub.verify_token'];
  const challenge = query['hub.challenge'];
  if (query['hub.mode'] !== 'subscribe' || typeof token !== 'string' || typeof challenge !== 'string')
    return null;
  // What is echoed into a page of ours is a number in all that Meta sends.
  if (!/^[\w.-]{1,256}$/.test(challenge)) return null;
  const given = digest(token);
  return verifyTokens.some((known) => timingSafeEqual(digest(known), given)) ? challenge : null;
}

/** Equal lengths, so that the comparison says nothing of the token's. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
