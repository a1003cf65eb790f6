import {
  CLIMB_MS,
  CUT_EVERY_MS,
  LEAST_SHARE,
  RECOVERING,
  RECOVERY_PER_SECOND,
  RECOVERY_SHARE,
} from './adaptive.js';
import { FOLLOW_BACK } from './moved-clock.script.js';

/**
 * What the scripts know of a channel that is slowed; the arithmetic is that of adaptive.ts. Fields of the channel's
 * hash: `cut` the share of the full rate at the instant `cutFrom`, from which it climbs, `cutBase` ms between messages
 * at the full rate where nothing but the workers spaces them, `cutCode` why, `cutSince` since when, `cutLast` when a
 * throttle reply last cut it. `gs`, `gn`, `gp`: the last second in which an unspaced channel was granted anything, how
 * much in it, and how much in the second before; that is all that an unlimited channel pays for.
 */
export const ADAPTIVE = `
local function shareAt(cut, from, at)
  return math.min(1, cut + math.max(0, at - from) / ${CLIMB_MS})
end

local function stretched(delay, cut, from, at)
  if cut >= 1 then return delay end
  local share = shareAt(cut, from, at)
  if share >= 1 then return delay end
  local climbed = (1 - share * share) * ${CLIMB_MS} / 2
  if delay >= climbed then return (1 - share) * ${CLIMB_MS} + delay - climbed end
  return ${CLIMB_MS} * (math.sqrt(share * share + 2 * delay / ${CLIMB_MS}) - share)
end

local function countGranted(key, gs, gn, now, n)
  local second = math.floor(now / 1000)
  if tonumber(gs or '-1') == second then return redis.call('HINCRBY', key, 'gn', n) end
  local before = tonumber(gs or '-1') == second - 1 and gn or '0'
  redis.call('HSET', key, 'gs', string.format('%d', second), 'gn', n, 'gp', before)
end
`;

/** What a cut needs to know beside: how fast the channel really was, and how to write one down. */
const CUTTING = `${ADAPTIVE}
-- In the second up to now: this one, and what of the one before lies less than a second back. Of a channel that was
-- granted nothing in this one (its answers take longer), the busier of the last two in which it was.
local function grantedPerSecond(key, now)
  local kept = redis.call('HMGET', key, 'gs', 'gn', 'gp')
  local n, before = tonumber(kept[2] or '0'), tonumber(kept[3] or '0')
  if tonumber(kept[1] or '-1') ~= math.floor(now / 1000) then return math.max(n, before) end
  return n + before * (1 - now % 1000 / 1000)
end

local function isSpaced(key)
  local terms = redis.call('HMGET', key, 'interval', 'p')
  local pacing = terms[2] and cjson.decode(terms[2]) or { mostMs = 0 }
  return tonumber(terms[1] or '0') > 0 or pacing.mostMs > 0
end

-- Answers with what was written: base, code and since as well, for whoever keeps it where no wipe reaches it.
local function slow(key, now, share, from, code, isFull, leastPerSecond)
  local base, since = '0', string.format('%.3f', now)
  if not isFull then
    local kept = redis.call('HMGET', key, 'cutBase', 'cutSince')
    base, since = kept[1] or base, kept[2] or since
  end
  if tonumber(base) <= 0 and not isSpaced(key) then
    base = string.format('%.6f', 1000 / math.max(leastPerSecond, grantedPerSecond(key, now)))
  end
  local answer = { string.format('%.9f', share), string.format('%.3f', from), base, code, since }
  redis.call('HSET', key, 'cut', answer[1], 'cutFrom', answer[2], 'cutBase', base, 'cutCode', code, 'cutSince', since)
  return answer
end
`;

/**
 * A throttle reply: holds the channel for as long as the provider asked (never shortens a hold), and halves its share,
 * once in ${CUT_EVERY_MS} ms over all workers. The climb begins when the hold is over: silence proves nothing while
 * nothing is sent. The first free instant moves away with the delay before it.
 *
 * KEYS[1]: hash of the channel. ARGV: holdMs, code, nowMs (only tests bring one). Answers what `slow` says where
 * it cut or made the hold longer by more than that, else nothing. A hash that Redis lost is held and not cut: nobody
 * knows its rate.
 */
export const THROTTLED_SCRIPT = `${CUTTING}${FOLLOW_BACK}
local key, code = KEYS[1], ARGV[2]
local time = redis.call('TIME')
local now = tonumber(ARGV[3]) or time[1] * 1000 + time[2] / 1000
followBack(key, now)
local state = redis.call('HMGET', key, 'v', 'held', 'cut', 'cutFrom', 'cutLast', 'next', 'last')
local held = tonumber(state[2] or '0')
local holdUntil = now + tonumber(ARGV[1])
if tonumber(ARGV[1]) > 0 and holdUntil > held then
  -- A hold that follows on another is one with it.
  if held <= now then redis.call('HSET', key, 'heldSince', string.format('%.3f', now)) end
  redis.call('HSET', key, 'held', string.format('%.3f', holdUntil), 'heldCode', code)
  held = holdUntil
end
if not state[1] then
  if redis.call('PTTL', key) < 0 then redis.call('PEXPIRE', key, 172800000) end
  return {}
end
local share = shareAt(tonumber(state[3] or '1'), tonumber(state[4] or '0'), now)
if now - tonumber(state[5] or '-1e15') < ${CUT_EVERY_MS} then
  local from = tonumber(state[4])
  if share >= 1 or held <= from then return {} end
  local written = slow(key, now, share, held, code, false, 1)
  return held - from > ${CUT_EVERY_MS} and written or {}
end
local halved = math.max(${LEAST_SHARE}, share / 2)
redis.call('HSET', key, 'cutLast', string.format('%.3f', now))
local free, last = tonumber(state[6] or '0'), tonumber(state[7] or '0')
if last > 0 and free > now then
  redis.call('HSET', key, 'next', string.format('%.3f', last + (free - last) * share / halved))
end
return slow(key, now, halved, math.max(now, held), code, share >= 1, 1)
`;

/** What a good probe leaves behind: the breaker is closed, and the channel climbs from a tenth of its rate. */
export const RECOVERING_FROM = `${CUTTING}
local function recover(key, now)
  local kept = redis.call('HMGET', key, 'cut', 'cutFrom')
  local share = shareAt(tonumber(kept[1] or '1'), tonumber(kept[2] or '0'), now)
  local least = math.min(share, ${RECOVERY_SHARE})
  return slow(key, now, least, now, '${RECOVERING}', share >= 1, ${RECOVERY_PER_SECOND})
end
`;

/**
 * Brings a slowdown back that Redis lost, before the channel's hash is made again, and the hold behind which it climbs.
 * KEYS[1]; ARGV: share, from, base, code, since, nowMs (only tests bring one). One that is there is newer.
 */
export const RESTORE_SLOWDOWN_SCRIPT = `
if redis.call('HEXISTS', KEYS[1], 'cut') == 1 then return 0 end
local time = redis.call('TIME')
local now = tonumber(ARGV[6]) or time[1] * 1000 + time[2] / 1000
if tonumber(ARGV[2]) > math.max(now, tonumber(redis.call('HGET', KEYS[1], 'held') or '0')) then
  redis.call('HSET', KEYS[1], 'held', ARGV[2], 'heldCode', ARGV[4], 'heldSince', ARGV[5])
end
redis.call('HSET', KEYS[1], 'cut', ARGV[1], 'cutFrom', ARGV[2], 'cutBase', ARGV[3], 'cutCode', ARGV[4], 'cutSince', ARGV[5])
redis.call('PEXPIRE', KEYS[1], 172800000)
return 1
`;
