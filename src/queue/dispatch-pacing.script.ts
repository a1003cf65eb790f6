/**
 * The pacing of a channel and of a dispatch: the sum of pacing.ts. A dispatch's place in its pacing is in the hash of
 * its rate: `pn` how many messages it has had, `pnext` when the next may go. Where they are missing they are brought
 * from Postgres first (see dispatch-pacing.ts).
 */
export const PACE = `
local function delayOf(pacing, position, u)
  local delay = math.min(pacing.mostMs, pacing.baseMs + pacing.stepMs * math.floor(position / pacing.stepEvery))
  if pacing.pauseEvery > 0 and (position + 1) % pacing.pauseEvery == 0 then delay = delay + pacing.pauseMs end
  return delay * (1 + pacing.jitter * (2 * u - 1))
end

-- Nil without a pacing of its own. What is free later than the longest delay after ahead is a clock that went back.
local function paceOf(rateKey, profile, ahead)
  if not rateKey or (profile or '') == '' then return nil end
  local kept = redis.call('HMGET', rateKey, 'pn', 'pnext')
  if not kept[1] then return { isLost = true } end
  local pacing = cjson.decode(profile)
  local free, latest = tonumber(kept[2]), ahead + (pacing.mostMs + pacing.pauseMs) * (1 + pacing.jitter)
  if free > latest then
    free = latest
    redis.call('HSET', rateKey, 'pnext', string.format('%.3f', free))
  end
  return { profile = pacing, position = tonumber(kept[1]), free = free }
end

local function keepPace(rateKey, pace, n, free)
  redis.call('HSET', rateKey, 'pn', pace.position + n, 'pnext', string.format('%.3f', free))
  redis.call('PEXPIRE', rateKey, 172800000)
end
`;

/** KEYS[1]: hash of the dispatch. ARGV: position, ms to wait, nowMs (only tests bring one). Whoever is first is right. */
export const RECOVER_PACE_SCRIPT = `
if redis.call('HEXISTS', KEYS[1], 'pn') == 1 then return 0 end
local time = redis.call('TIME')
local now = tonumber(ARGV[3]) or time[1] * 1000 + time[2] / 1000
redis.call('HSET', KEYS[1], 'pn', ARGV[1], 'pnext', string.format('%.3f', now + tonumber(ARGV[2])))
redis.call('PEXPIRE', KEYS[1], 172800000)
return 1
`;
