import type { EngineConfig } from '../config/config.js';
import type { DispatchPolicy } from './dispatch.js';

/** Of single and bulk messages: few further tries, evenly apart, for somebody waits for what they say. */
export function transactionalPolicy({ messageRetries, messageRetryMs }: EngineConfig): DispatchPolicy {
  return {
    maxTries: messageRetries + 1,
    retryBaseMs: messageRetryMs,
    retryMaxMs: messageRetryMs,
    isSteady: true,
  };
}
