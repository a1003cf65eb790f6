/**
 * The breaker that all workers share: one state a channel, in the hash that the grants read. Counts health failures in
 * a row; at ARGV[3] of them it opens for ARGV[4] ms; then the grant script hands out one probe, and only that probe's
 * answer closes it or opens it again. Late successes of calls that began before the outage do not close it.
 *
 * KEYS[1]: hash of the channel. ARGV: failures, wasHealthy (0/1), threshold, openMs, isProbe (0/1).
 * Returns 'open' or 'closed'.
 */
export const REPORT_SCRIPT = `
local key = KEYS[1]
local failures, wasHealthy, isProbe = tonumber(ARGV[1]), ARGV[2] == '1', ARGV[5] == '1'
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local open = tonumber(redis.call('HGET', key, 'open') or '0')
if open > 0 then
  if not isProbe then return 'open' end
  if wasHealthy then
    redis.call('HDEL', key, 'open', 'probe')
    redis.call('HSET', key, 'fails', '0')
    return 'closed'
  end
  redis.call('HDEL', key, 'probe')
  if failures > 0 then redis.call('HSET', key, 'open', string.format('%.3f', now + tonumber(ARGV[4]))) end
  return 'open'
end
local fails = failures + (wasHealthy and 0 or tonumber(redis.call('HGET', key, 'fails') or '0'))
redis.call('HSET', key, 'fails', fails)
if fails >= tonumber(ARGV[3]) then
  redis.call('HSET', key, 'open', string.format('%.3f', now + tonumber(ARGV[4])))
  return 'open'
end
return 'closed'
`;

/** A person's order. ARGV[1]: 'open' or 'close'; ARGV[2]: openMs. */
export const ORDER_SCRIPT = `
local key = KEYS[1]
if ARGV[1] == 'close' then
  redis.call('HDEL', key, 'open', 'probe')
  redis.call('HSET', key, 'fails', '0')
  return 'closed'
end
local time = redis.call('TIME')
redis.call('HSET', key, 'open', string.format('%.3f', time[1] * 1000 + time[2] / 1000 + tonumber(ARGV[2])))
return 'open'
`;
