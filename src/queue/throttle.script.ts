import { ADAPTIVE } from './adaptive.script.js';
import { WINDOWS } from './counted-windows.script.js';
import { PACE } from './dispatch-pacing.script.js';
import { RATE_BUCKET } from './dispatch-rate.script.js';
import { EDGE_MS, FAIR_SHARE } from './fair-share.script.js';
import { MOVED_CLOCK } from './moved-clock.script.js';

/**
 * The one place where a channel's right to send is given out. One Lua call on Redis' own clock; all windows, the pacing
 * and the rate of the dispatch are checked together, so that no token is burnt in one while another refuses.
 *
 * KEYS[1]: hash of the channel. Fields: `v` version of the limits, `interval` ms between instants that the limits ask
 * for, `w` the counted windows and `p` the pacing as JSON, `next` the first free instant, `last` the last one given,
 * `n` the position in the pacing, `<w>:sum`, `<w>:tail`, `<w>:last`, `<w>:<slice>` the counted windows, `held` and
 * `heldCode` a hold until an instant, `fails`, `open`, `probe` the breaker (see breaker.script.ts).
 * `i` most calls at once, 0 without such a limit. `cut…` and `g…`: see adaptive.script.ts; `at`: moved-clock.script.ts.
 * KEYS[2]: sorted set of the calls that are out, by the instant from which they are taken for lost. Kept only where the
 * number of them is limited. KEYS[3], where there is one: hash of the dispatch, with `v`, `interval`, `next`, `last` of
 * its own rate, and `pn`, `pnext` of its own pacing (see dispatch-pacing.script.ts). KEYS[4], beside it: hash of how the
 * channel is shared (see fair-share.script.ts).
 *
 * A hash that is missing is never taken for a fresh start, nor is a window that was not counted until now: the answer
 * is `rebuild`, and the caller brings what Postgres knows. ARGV: wanted, aheadMs, marginMs, probeLeaseMs, leadMs,
 * version, interval, windows (JSON), pacing (JSON, see pacing.ts), most calls at once (0: any), chance (0 to 1, for the
 * jitter), version of the rate (0: never had one), ms between instants of the rate (0: none), a name for this grant, ms
 * after its instant at which a call is over for certain, ms that a call may begin later where instants are not spaced,
 * nowMs (only tests bring a time of their own, to live through hours in seconds), id and weight of the dispatch (0: a
 * stream), 1 where it has more to send than it asks for, what the asker expects Redis' clock to
 * say (0: it cannot tell), from the 22nd on: the dispatch's own pacing (JSON, empty without).
 *
 * A dispatch with a rate takes no instants that lie more than 50 ms behind the channel's first free one, nor where it
 * shares the channel more than two slots: those between them would be lost to all other dispatches of the channel.
 *
 * Answers (numbers as strings: Redis cuts fractions off): rebuild, what (`dispatch`, else the channel) | wait, ms, why |
 * grant, n, now, isProbe, fails, instants in ms from now, or nothing where calls may begin at once, 1 where the calls
 * are counted, ms that they may begin later, ms from now to the next free instant where instants are spaced.
 */
export const GRANT_SCRIPT = `${MOVED_CLOCK}${RATE_BUCKET}${WINDOWS}${ADAPTIVE}${PACE}${FAIR_SHARE}
local key = KEYS[1]
local wanted, ahead, margin, probeLease = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local lead, chance = tonumber(ARGV[5]), tonumber(ARGV[11])
local time = redis.call('TIME')
local now = tonumber(ARGV[17]) or time[1] * 1000 + time[2] / 1000
local function text(n) return string.format('%.3f', n) end

local function stateOf()
  return redis.call('HMGET', key, 'v', 'interval', 'w', 'next', 'held', 'open', 'probe', 'fails', 'heldCode', 'p',
    'last', 'n', 'i', 'cut', 'cutFrom', 'cutBase', 'gs', 'gn', 'at')
end
local state = stateOf()
if not state[1] then return { 'rebuild' } end
local jump = followClock(key, tonumber(state[19] or 'nil'), now, tonumber(ARGV[21]) or 0)
if jump ~= 0 then state = stateOf() end
local isChanged = tonumber(ARGV[6]) > tonumber(state[1])
if isChanged then
  if not adoptWindows(key, cjson.decode(state[3]), cjson.decode(ARGV[8])) then return { 'rebuild' } end
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

local interval, windows, pacing = tonumber(state[2]), cjson.decode(state[3]), cjson.decode(state[10] or ARGV[9])
local free, position = tonumber(state[4] or '0'), tonumber(state[12] or '0')
local hasLine = interval > 0 or pacing.mostMs > 0 or pacing.pauseEvery > 0
local cut, cutFrom = tonumber(state[14] or '1'), tonumber(state[15] or '0')
local isCut = cut < 1 and shareAt(cut, cutFrom, now) < 1
local isFree = interval == 0 and pacing.mostMs == 0
if isCut and isFree then interval = tonumber(state[16]) end
local isSpaced = hasLine or isCut
local isPlain = not isCut and pacing.mostMs == 0 and pacing.pauseEvery == 0
local function spacing(nth, u, at)
  if isPlain then return interval end
  return stretched(math.max(interval, delayOf(pacing, nth, u)), cut, cutFrom, at)
end
if isChanged and state[11] then
  free = tonumber(state[11]) + spacing(math.max(0, position - 1), 0.5, tonumber(state[11]))
  redis.call('HSET', key, 'next', text(free))
end
if now + lead > free + pacing.restMs then position = 0 end

local most = tonumber(state[13] or '0')
local isShared = KEYS[4] and (isSpaced or #windows > 0 or most > 0)
local share = isShared and openShare(KEYS[4], ARGV[18], tonumber(ARGV[19]), now)
local function refuse(wait, why, waits)
  if share then refused(share, now, wait, waits) end
  return { 'wait', text(wait), why }
end
if most > 0 then
  if jump ~= 0 then
    local out = redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')
    for i = 1, #out, 2 do redis.call('ZADD', KEYS[2], text(tonumber(out[i + 1]) + jump), out[i]) end
  end
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  wanted = math.min(wanted, most - redis.call('ZCARD', KEYS[2]))
  if wanted < 1 then return refuse(20, 'inflight', 1) end
end

local latest = hasLine and 0 or tonumber(ARGV[16])
local late = isSpaced and 0 or latest
local first, reach, edge, gap = math.max(now + lead, free), now + ahead, math.huge, math.huge
if share and isSpaced then
  local slot = spacing(position, 0.5, first)
  weigh(share, math.max(8, 500 / slot), true)
  reach = reachOf(share, now, reach)
  if share.low then edge, gap = now + ${EDGE_MS}, 2 * slot end
end
if first > reach then return refuse(first - reach, 'rate', 0) end
local rate, rateFree, pace = 0, 0, paceOf(KEYS[3], ARGV[22], now + ahead)
if pace and pace.isLost then return { 'rebuild', 'dispatch' } end
if KEYS[3] then rate, rateFree = rateOf(KEYS[3], tonumber(ARGV[12]), tonumber(ARGV[13]), now, margin, now + ahead) end
if jump > 0 and rate > 0 then
  rateFree = math.max(rateFree, now + ahead + rate)
  redis.call('HSET', KEYS[3], 'next', text(rateFree))
end
if rate > 0 or pace then
  late = 0
  if isSpaced then reach = math.min(reach, first + math.min(50, gap)) end
  first = math.max(first, rateFree, pace and pace.free or 0)
  if first > reach then
    if share then stoodBack(share, now) end
    return { 'wait', text(first - reach), 'rate:campaign' }
  end
end

local isPaced = isSpaced or rate > 0 or pace or #windows > 0
local instants, after, gaps, at, n = {}, {}, {}, first, isPaced and 0 or wanted
while n < wanted and at <= reach and (at <= edge or n < math.max(1, share.allowed)) do
  n = n + 1
  instants[n] = at
  after[n] = spacing(position + n - 1, (chance + n * 0.61803398875) % 1, at)
  if pace then
    gaps[n] = delayOf(pace.profile, pace.position + n - 1, (chance + 0.5 + n * 0.61803398875) % 1)
  end
  at = at + math.max(after[n], rate, gaps[n] or 0)
end

local leastLeft
for _, w in ipairs(windows) do
  local left = leftIn(key, w, first, margin + latest)
  if left < 1 then return refuse(freeAgain(key, w, first, margin + latest) - now, 'window:' .. w.field, 1) end
  n, leastLeft = math.min(n, left), math.min(leastLeft or left, left)
end

if share then
  if not isSpaced then weigh(share, math.max(8, (leastLeft or 0) / 10), false) end
  if mustYield(share, now, isSpaced) then return refuse(60, 'share', 1) end
  if not isSpaced then n = math.min(n, share.allowed) end
  local isBack = ARGV[20] == '1' or n < tonumber(ARGV[1])
  if share.weight > 0 then isBack = isSpaced or not (rate > 0 or pace) end
  served(share, now, n, isBack and (instants[n] or now) or nil, isSpaced and #windows == 0 and 0 or 1)
end

if isProbe == 1 then redis.call('HSET', key, 'probe', text(now + probeLease)) end
for _, w in ipairs(windows) do countIn(key, w, instants, n) end
if isSpaced then
  local place = hasLine and position + n or 0
  redis.call('HSET', key, 'next', text(instants[n] + after[n]), 'last', text(instants[n]), 'n', place)
end
if isFree and not isCut and isProbe == 0 then countGranted(key, state[17], state[18], now, n) end
if pace then keepPace(KEYS[3], pace, n, instants[n] + gaps[n]) end
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
  most > 0 and '1' or '0', tostring(late), isSpaced and text(instants[n] + after[n] - now) or '' }
`;
