/**
 * The bucket of one dispatch, beside that of its channels: capacity one, as theirs. A key that is missing, or a rate
 * that is set where there was none, counts the second that just went by as spent, for nobody knows what was in it.
 */
export const RATE_BUCKET = `
local function rateOf(rateKey, version, interval, now, margin)
  local kept = redis.call('HMGET', rateKey, 'v', 'interval', 'next', 'last')
  if not kept[1] and version == 0 then return 0, 0 end
  if kept[1] and version <= tonumber(kept[1]) then return tonumber(kept[2]), tonumber(kept[3]) end
  local free = now + math.max(1000 + margin, interval)
  if kept[4] and tonumber(kept[2]) > 0 then free = tonumber(kept[4]) + interval end
  redis.call('HSET', rateKey, 'v', version, 'interval', interval, 'next', string.format('%.3f', free))
  redis.call('PEXPIRE', rateKey, 172800000)
  return interval, free
end
`;

/** Tells Redis a dispatch's rate at once, for workers that have not heard of it. KEYS[1]; ARGV: version, interval, marginMs. */
export const RATE_SCRIPT = `${RATE_BUCKET}
local time = redis.call('TIME')
rateOf(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), time[1] * 1000 + time[2] / 1000, tonumber(ARGV[3]))
return 1
`;
