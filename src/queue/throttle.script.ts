/**
 * The one place where a channel's right to send is given out. One Lua call on Redis' own clock; all windows are
 * checked together, so that no token is burnt in one window while another refuses.
 *
 * KEYS[1]: hash of the channel. Fields: `v` version of the limits, `interval` ms between instants, `w` the counted
 * windows as JSON, `next` the first free instant, `<w>:sum`, `<w>:tail`, `<w>:last`, `<w>:<slice>` the counted windows,
 * `held` and `heldCode` a hold until an instant, `fails`, `open`, `probe` the breaker (see breaker.script.ts).
 *
 * A hash that is missing is never taken for a fresh start: the answer is `rebuild`, and the caller brings what
 * Postgres knows. ARGV: wanted, aheadMs, marginMs, probeLeaseMs, version, interval, windows (JSON), leadMs,
 * nowMs (only tests bring a time of their own, to live through hours in seconds).
 *
 * Answers (numbers as strings: Redis cuts fractions off): rebuild | wait, ms, why | grant, n, now, first, interval,
 * isProbe, fails, isPaced.
 */
export const GRANT_SCRIPT = `
local key = KEYS[1]
local wanted, ahead, margin, probeLease = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local lead = tonumber(ARGV[8])
local time = redis.call('TIME')
local now = tonumber(ARGV[9]) or time[1] * 1000 + time[2] / 1000
local function text(n) return string.format('%.3f', n) end

local state = redis.call('HMGET', key, 'v', 'interval', 'w', 'next', 'held', 'open', 'probe', 'fails', 'heldCode')
if not state[1] then return { 'rebuild' } end
if tonumber(ARGV[5]) > tonumber(state[1]) then
  redis.call('HSET', key, 'v', ARGV[5], 'interval', ARGV[6], 'w', ARGV[7])
  state[2], state[3] = ARGV[6], ARGV[7]
end

local held = tonumber(state[5] or '0')
if held > now then return { 'wait', text(held - now), 'held:' .. (state[9] or '') } end

local isProbe = 0
local open = tonumber(state[6] or '0')
if open > 0 then
  if open > now then return { 'wait', text(open - now), 'breaker' } end
  local probe = tonumber(state[7] or '0')
  if probe > now then return { 'wait', text(math.min(probe - now, 1000)), 'breaker' } end
  isProbe, wanted = 1, 1
end

local interval = tonumber(state[2])
local first = math.max(now + lead, tonumber(state[4] or '0'))
if first > now + ahead then return { 'wait', text(first - now - ahead), 'rate' } end
local n = wanted
if interval > 0 then n = math.min(n, math.floor((now + ahead - first) / interval) + 1) end

local windows = cjson.decode(state[3])
local isPaced = interval > 0 and 1 or 0
for _, w in ipairs(windows) do
  isPaced = 1
  local tailNow = math.floor((first - w.windowMs - margin) / w.sliceMs)
  local kept = redis.call('HMGET', key, w.field .. ':sum', w.field .. ':tail', w.field .. ':last')
  local sum, tail, last = tonumber(kept[1] or '0'), tonumber(kept[2] or tailNow), tonumber(kept[3] or '0')
  while tail < tailNow and tail <= last do
    local slice = w.field .. ':' .. tail
    local count = redis.call('HGET', key, slice)
    if count then
      sum = sum - tonumber(count)
      redis.call('HDEL', key, slice)
    end
    tail = tail + 1
  end
  tail = math.max(tail, tailNow)
  redis.call('HSET', key, w.field .. ':sum', sum, w.field .. ':tail', tail)
  w.sum = sum
  local left = w.limit - sum
  if left < 1 then
    local free = tail
    while free <= math.floor(first / w.sliceMs) and redis.call('HEXISTS', key, w.field .. ':' .. free) == 0 do
      free = free + 1
    end
    return { 'wait', text((free + 1) * w.sliceMs + w.windowMs + margin - now), 'window:' .. w.field }
  end
  n = math.min(n, left)
end

if isProbe == 1 then redis.call('HSET', key, 'probe', text(now + probeLease)) end
for _, w in ipairs(windows) do
  local counts, last = {}, 0
  for i = 0, n - 1 do
    last = math.floor((first + i * interval) / w.sliceMs)
    counts[last] = (counts[last] or 0) + 1
  end
  for slice, count in pairs(counts) do redis.call('HINCRBY', key, w.field .. ':' .. string.format('%d', slice), count) end
  redis.call('HSET', key, w.field .. ':sum', w.sum + n, w.field .. ':last', last)
end
if interval > 0 then redis.call('HSET', key, 'next', text(first + n * interval)) end
redis.call('PEXPIRE', key, 172800000)
return { 'grant', tostring(n), text(now), text(first), text(interval), tostring(isProbe), state[8] or '0', tostring(isPaced) }
`;

/**
 * Makes a channel's hash again after Redis lost it, from limits and from what Postgres says was spent. Nothing is
 * given for free: the last second counts as spent, and so does the last minute when anything was sent in it.
 * KEYS[1] as above; ARGV: version, interval, windows, usage as JSON [{ field, slice, sends }],
 * marginMs.
 * Does nothing when another process was quicker.
 */
export const REBUILD_SCRIPT = `
local key = KEYS[1]
if redis.call('HEXISTS', key, 'v') == 1 then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local isLimited = tonumber(ARGV[2]) > 0 or #cjson.decode(ARGV[3]) > 0
redis.call('HSET', key, 'v', ARGV[1], 'interval', ARGV[2], 'w', ARGV[3])
if isLimited then redis.call('HSET', key, 'next', string.format('%.3f', now + 1000 + tonumber(ARGV[5]))) end
local sums, tails, lasts = {}, {}, {}
for _, u in ipairs(cjson.decode(ARGV[4])) do
  redis.call('HINCRBY', key, u.field .. ':' .. string.format('%d', u.slice), u.sends)
  sums[u.field] = (sums[u.field] or 0) + u.sends
  tails[u.field] = math.min(tails[u.field] or u.slice, u.slice)
  lasts[u.field] = math.max(lasts[u.field] or u.slice, u.slice)
end
for field, sum in pairs(sums) do
  redis.call('HSET', key, field .. ':sum', sum, field .. ':tail', tails[field], field .. ':last', lasts[field])
end
redis.call('PEXPIRE', key, 172800000)
return 1
`;

/** Holds a channel until now + ARGV[1] ms (never shortens a hold), with ARGV[2] as its reason. */
export const HOLD_SCRIPT = `
local key = KEYS[1]
local time = redis.call('TIME')
local until_ = time[1] * 1000 + time[2] / 1000 + tonumber(ARGV[1])
if until_ > tonumber(redis.call('HGET', key, 'held') or '0') then
  redis.call('HSET', key, 'held', string.format('%.3f', until_), 'heldCode', ARGV[2])
end
return 1
`;
