import { RECOVERING_FROM } from './adaptive.script.js';
import { FOLLOW_BACK } from './moved-clock.script.js';

/**
 * The breaker that all workers share: one state a channel, in the hash that the grants read. Counts health failures in
 * a row; at ARGV[3] of them it opens for ARGV[4] ms; then the grant script hands out one probe, and only that probe's
 * answer closes it or opens it again. Late successes of calls that began before the outage do not close it, and what
 * a person opened (`hand`, until an instant) no answer closes. `since`: when it opened, over all its probes.
 *
 * The probe proves that one message goes through, so what it closes begins with a part of the channel's rate and climbs.
 *
 * KEYS[1]: hash of the channel. ARGV: failures, wasHealthy (0/1), threshold, openMs, isProbe (0/1), nowMs (only tests
 * bring one). Answers 'open' or 'closed'; behind the failure that opened it 'now', behind the probe that closed it the
 * slowdown that it left.
 */
export const REPORT_SCRIPT = `${RECOVERING_FROM}${FOLLOW_BACK}
local key = KEYS[1]
local failures, wasHealthy, isProbe = tonumber(ARGV[1]), ARGV[2] == '1', ARGV[5] == '1'
local time = redis.call('TIME')
local now = tonumber(ARGV[6]) or time[1] * 1000 + time[2] / 1000
followBack(key, now)
local open = tonumber(redis.call('HGET', key, 'open') or '0')
if open > 0 then
  if tonumber(redis.call('HGET', key, 'hand') or '0') > now then return { 'open' } end
  if not isProbe then return { 'open' } end
  if wasHealthy then
    redis.call('HDEL', key, 'open', 'probe', 'hand', 'since')
    redis.call('HSET', key, 'fails', '0')
    return { 'closed', unpack(recover(key, now)) }
  end
  redis.call('HDEL', key, 'probe')
  if failures > 0 then redis.call('HSET', key, 'open', string.format('%.3f', now + tonumber(ARGV[4]))) end
  return { 'open' }
end
local fails = failures + (wasHealthy and 0 or tonumber(redis.call('HGET', key, 'fails') or '0'))
redis.call('HSET', key, 'fails', fails)
if fails >= tonumber(ARGV[3]) then
  redis.call('HSET', key, 'open', string.format('%.3f', now + tonumber(ARGV[4])), 'since', string.format('%.3f', now))
  return { 'open', 'now' }
end
return { 'closed' }
`;

/**
 * A person's order. ARGV[1]: 'open' or 'close'; ARGV[2]: for how long it is open here, in ms. The row of the channel
 * keeps what a person opened; this makes the turns that are under way with the row of before hear of it at once.
 */
export const ORDER_SCRIPT = `
local key = KEYS[1]
if ARGV[1] == 'close' then
  redis.call('HDEL', key, 'open', 'probe', 'hand', 'since', 'fails')
  return 'closed'
end
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local until_ = string.format('%.3f', now + tonumber(ARGV[2]))
redis.call('HSET', key, 'open', until_, 'hand', until_)
redis.call('HSETNX', key, 'since', string.format('%.3f', now))
redis.call('HDEL', key, 'probe')
if redis.call('PTTL', key) < 0 then redis.call('PEXPIRE', key, 172800000) end
return 'open'
`;
