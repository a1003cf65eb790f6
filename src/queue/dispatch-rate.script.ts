/**
 * The bucket of one dispatch, beside that of its channels: capacity one, as theirs. A key that is missing, or a rate
 * that is set where there was none, counts the second that just went by as spent, for nobody knows what was in it.
 * No instant is given out later than `ahead`, so what is free only later than that and a delay is a clock that went back.
 */
export const RATE_BUCKET = `
local function rateOf(rateKey, version, interval, now, margin, ahead)
  local kept = redis.call('HMGET', rateKey, 'v', 'interval', 'next', 'last')
  if not kept[1] and version == 0 then return 0, 0 end
  if kept[1] and version <= tonumber(kept[1]) then
    local free, latest = tonumber(kept[3]), ahead + math.max(1000 + margin, tonumber(kept[2]))
    if free > latest then
      free = latest
      redis.call('HSET', rateKey, 'next', string.format('%.3f', free), 'last', string.format('%.3f', ahead))
    end
    return tonumber(kept[2]), free
  end
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
local now = time[1] * 1000 + time[2] / 1000
rateOf(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), now, tonumber(ARGV[3]), now)
return 1
`;
