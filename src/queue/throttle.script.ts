/**
 * The bucket of one dispatch, beside that of its channels: capacity one, as theirs. A key that is missing, or a rate
 * that is set where there was none, counts the second that just went by as spent, for nobody knows what was in it.
 */
const RATE_BUCKET = `
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

/**
 * The one place where a channel's right to send is given out. One Lua call on Redis' own clock; all windows, the pacing
 * and the rate of the dispatch are checked together, so that no token is burnt in one while another refuses.
 *
 * KEYS[1]: hash of the channel. Fields: `v` version of the limits, `interval` ms between instants that the limits ask
 * for, `w` the counted windows and `p` the pacing as JSON, `next` the first free instant, `last` the last one given,
 * `n` the position in the pacing, `<w>:sum`, `<w>:tail`, `<w>:last`, `<w>:<slice>` the counted windows, `held` and
 * `heldCode` a hold until an instant, `fails`, `open`, `probe` the breaker (see breaker.script.ts).
 * `i` most calls at once, 0 without such a limit.
 * KEYS[2]: sorted set of the calls that are out, by the instant from which they are taken for lost. Kept only where the
 * number of them is limited. KEYS[3], where there is one: hash of the dispatch, with `v`, `interval`, `next`, `last` of
 * its own rate.
 *
 * A hash that is missing is never taken for a fresh start, nor is a window that was not counted until now: the answer
 * is `rebuild`, and the caller brings what Postgres knows. ARGV: wanted, aheadMs, marginMs, probeLeaseMs, leadMs,
 * version, interval, windows (JSON), pacing (JSON, see pacing.ts), most calls at once (0: any), chance (0 to 1, for the
 * jitter), version of the rate (0: never had one), ms between instants of the rate (0: none), a name for this grant, ms
 * after its instant at which a call is over for certain, ms that a call may begin later where instants are not spaced,
 * nowMs (only tests bring a time of their own, to live through
 * hours in seconds).
 *
 * A dispatch with a rate takes no instants that lie more than 50 ms behind the channel's first free one: those between
 * them would be lost to all other dispatches of the channel.
 *
 * Answers (numbers as strings: Redis cuts fractions off): rebuild | wait, ms, why | grant, n, now, isProbe, fails,
 * instants in ms from now, or nothing where calls may begin at once, 1 where the calls are counted, ms that they
 * may begin later.
 */
export const GRANT_SCRIPT = `${RATE_BUCKET}
local key = KEYS[1]
local wanted, ahead, margin, probeLease = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local lead, chance = tonumber(ARGV[5]), tonumber(ARGV[11])
local time = redis.call('TIME')
local now = tonumber(ARGV[17]) or time[1] * 1000 + time[2] / 1000
local function text(n) return string.format('%.3f', n) end

local state = redis.call('HMGET', key, 'v', 'interval', 'w', 'next', 'held', 'open', 'probe', 'fails', 'heldCode', 'p',
  'last', 'n', 'i')
if not state[1] then return { 'rebuild' } end
local isChanged = tonumber(ARGV[6]) > tonumber(state[1])
if isChanged then
  local counted = {}
  for _, w in ipairs(cjson.decode(ARGV[8])) do
    if redis.call('HEXISTS', key, w.field .. ':sum') == 0 then return { 'rebuild' } end
    counted[w.field] = true
  end
  for _, w in ipairs(cjson.decode(state[3])) do
    if not counted[w.field] then
      local kept = redis.call('HMGET', key, w.field .. ':tail', w.field .. ':last')
      for slice = tonumber(kept[1] or '1'), tonumber(kept[2] or '0') do redis.call('HDEL', key, w.field .. ':' .. slice) end
      redis.call('HDEL', key, w.field .. ':sum', w.field .. ':tail', w.field .. ':last')
    end
  end
  redis.call('HSET', key, 'v', ARGV[6], 'interval', ARGV[7], 'w', ARGV[8], 'p', ARGV[9], 'i', ARGV[10])
  state[2], state[3], state[10], state[13] = ARGV[7], ARGV[8], ARGV[9], ARGV[10]
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

local most = tonumber(state[13] or '0')
if most > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  wanted = math.min(wanted, most - redis.call('ZCARD', KEYS[2]))
  if wanted < 1 then return { 'wait', '20', 'inflight' } end
end

local interval, windows, pacing = tonumber(state[2]), cjson.decode(state[3]), cjson.decode(state[10] or ARGV[9])
local free, position = tonumber(state[4] or '0'), tonumber(state[12] or '0')
local function spacing(at, u)
  local delay = math.min(pacing.mostMs, pacing.baseMs + pacing.stepMs * math.floor(at / pacing.stepEvery))
  if pacing.pauseEvery > 0 and (at + 1) % pacing.pauseEvery == 0 then delay = delay + pacing.pauseMs end
  return math.max(interval, delay * (1 + pacing.jitter * (2 * u - 1)))
end
if isChanged and state[11] then
  free = tonumber(state[11]) + spacing(math.max(0, position - 1), 0.5)
  redis.call('HSET', key, 'next', text(free))
end
if now + lead > free + pacing.restMs then position = 0 end

local hasLine = interval > 0 or pacing.mostMs > 0 or pacing.pauseEvery > 0
local late = hasLine and 0 or tonumber(ARGV[16])
local first, reach = math.max(now + lead, free), now + ahead
if first > reach then return { 'wait', text(first - reach), 'rate' } end
local rate, rateFree = 0, 0
if KEYS[3] then rate, rateFree = rateOf(KEYS[3], tonumber(ARGV[12]), tonumber(ARGV[13]), now, margin) end
if rate > 0 then
  late = 0
  if hasLine then reach = math.min(reach, first + 50) end
  first = math.max(first, rateFree)
  if first > reach then return { 'wait', text(first - reach), 'rate:campaign' } end
end

local isPaced = hasLine or rate > 0 or #windows > 0
local instants, after, at, n = {}, {}, first, isPaced and 0 or wanted
while n < wanted and at <= reach do
  n = n + 1
  instants[n] = at
  after[n] = spacing(position + n - 1, (chance + n * 0.61803398875) % 1)
  at = at + math.max(after[n], rate)
end

for _, w in ipairs(windows) do
  local tailNow = math.floor((first - w.windowMs - margin - late) / w.sliceMs)
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
    local full = tail
    while full <= math.floor(first / w.sliceMs) and redis.call('HEXISTS', key, w.field .. ':' .. full) == 0 do
      full = full + 1
    end
    return { 'wait', text((full + 1) * w.sliceMs + w.windowMs + margin + late - now), 'window:' .. w.field }
  end
  n = math.min(n, left)
end

if isProbe == 1 then redis.call('HSET', key, 'probe', text(now + probeLease)) end
for _, w in ipairs(windows) do
  local counts, last = {}, 0
  for i = 1, n do
    last = math.floor(instants[i] / w.sliceMs)
    counts[last] = (counts[last] or 0) + 1
  end
  for slice, count in pairs(counts) do redis.call('HINCRBY', key, w.field .. ':' .. string.format('%d', slice), count) end
  redis.call('HSET', key, w.field .. ':sum', w.sum + n, w.field .. ':last', last)
end
if hasLine then
  redis.call('HSET', key, 'next', text(instants[n] + after[n]), 'last', text(instants[n]), 'n', position + n)
end
redis.call('PEXPIRE', key, 172800000)
if rate > 0 then
  redis.call('HSET', KEYS[3], 'next', text(instants[n] + rate), 'last', text(instants[n]))
  redis.call('PEXPIRE', KEYS[3], 172800000)
end
local offsets = {}
if isPaced then
  for i = 1, n do offsets[i] = text(instants[i] - now) end
end
if most > 0 then
  for i = 1, n do
    redis.call('ZADD', KEYS[2], text((instants[i] or first) + tonumber(ARGV[15])), ARGV[14] .. ':' .. i)
  end
  redis.call('PEXPIRE', KEYS[2], 172800000)
end
return { 'grant', tostring(n), text(now), tostring(isProbe), state[8] or '0', table.concat(offsets, ' '),
  most > 0 and '1' or '0', tostring(late) }
`;

/** Tells Redis a dispatch's rate at once, for workers that have not heard of it. KEYS[1]; ARGV: version, interval, marginMs. */
export const RATE_SCRIPT = `${RATE_BUCKET}
local time = redis.call('TIME')
rateOf(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), time[1] * 1000 + time[2] / 1000, tonumber(ARGV[3]))
return 1
`;
