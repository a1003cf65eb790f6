/** What a campaign may take in advance is this much less than what a stream may: the next slots are a stream's. */
export const STREAMS_FIRST_MS = 100;
/** So far ahead anybody may take a slot: past it, a slot that nobody took is lost. */
export const EDGE_MS = 100;
/** In the second after a stream asked, campaigns take no more than this in advance. */
const NEAR_A_STREAM_MS = 200;
/** A dispatch that was granted something is expected back so soon after its last instant. */
const BACK_AFTER_MS = 400;
/** One that was refused is expected back so soon after the time that it was told, or after the longest that it sleeps. */
const GRACE_MS = 300;
const LONGEST_SLEEP_MS = 700;
const FORGOTTEN_AFTER_MS = 10_000;

/**
 * How the dispatches of one channel share it. Each has a tag: the messages that it was granted, over its weight. The
 * lower the tag, the further ahead it may take slots; the edge of now is anybody's, so that nothing is lost to one that
 * has the right to a slot and does not come for it. Where no line spaces the calls, a right does not pass by: who is
 * too far ahead of a rival waits until that one has come, or has not.
 *
 * KEYS[4]: hash of the channel's share. `v` is the virtual time, which is where a dispatch begins that is new, or comes
 * back: the lowest tag of those that want to send. All others are `<id>`: tag, until when it is expected back, weight,
 * and 1 where it waits for a window or a place. Of a stream, which has weight 0 and goes before all: when it last
 * asked, and until when it waits.
 */
export const FAIR_SHARE = `
local function openShare(key, id, weight, now)
  local own = { key = key, id = id, weight = weight, tag = 0, virtual = 0, total = weight, lightest = weight,
    lead = 0, allowed = math.huge, stream = 0, streamAsked = 0 }
  local expected, kept = 0, redis.call('HGETALL', key)
  for i = 1, #kept, 2 do
    local name = kept[i]
    if name == 'v' then
      own.virtual = tonumber(kept[i + 1])
    else
      local tag, back, w, waits = string.match(kept[i + 1], '^(%S+) (%S+) (%S+) (%S)$')
      tag, back, w = tonumber(tag), tonumber(back), tonumber(w)
      if back > now + ${FORGOTTEN_AFTER_MS} then
        -- Redis' clock went back: nobody is expected at such a time.
        redis.call('HDEL', key, name)
      elseif name == id then
        own.tag, expected = tag, back
      elseif w == 0 then
        own.streamAsked = math.max(own.streamAsked, tag)
        if back > now then own.stream, own.streamWaits = math.max(own.stream, back), own.streamWaits or waits == '1' end
      elseif back > now then
        own.low, own.high = math.min(own.low or tag, tag), math.max(own.high or tag, tag)
        own.total, own.lightest = own.total + w, math.min(own.lightest, w)
        if waits == '1' then own.waiting = math.min(own.waiting or tag, tag) end
      end
      if back < now - ${FORGOTTEN_AFTER_MS} then redis.call('HDEL', key, name) end
    end
  end
  if expected <= now then own.tag = math.max(own.tag, own.virtual) end
  return own
end

-- How far it may run ahead of the one that is furthest behind, where so many slots are at stake. Where slots pass by,
-- being behind is no capital: beyond twice that it is forgiven.
local function weigh(own, slots, passBy)
  if own.weight == 0 or not own.low then return end
  own.span = slots / own.total + 1 / own.lightest
  if passBy then own.tag = math.max(own.tag, own.high - 2 * own.span) end
  own.lead = own.tag - own.low
  own.allowed = math.floor((own.span - own.lead) * own.weight + 0.000001)
end

local function reachOf(own, now, reach)
  if own.weight == 0 then return reach end
  reach = reach - ${STREAMS_FIRST_MS}
  if now - own.streamAsked < 1000 then reach = math.min(reach, now + ${NEAR_A_STREAM_MS}) end
  if own.stream > now then return math.min(reach, now + ${EDGE_MS}) end
  if own.lead <= 0 then return reach end
  return now + ${EDGE_MS} + (reach - now - ${EDGE_MS}) * math.max(0, 1 - own.lead / own.span)
end

local function mustYield(own, now, hasLine)
  if own.weight == 0 then return false end
  if own.stream > now and own.streamWaits then return true end
  if own.waiting and own.waiting < own.tag - 0.000001 then return true end
  return not hasLine and own.allowed < 1
end

local function writeShare(own, now, tag, back, waits)
  redis.call('HSET', own.key, own.id, string.format('%.6f %.3f %g %s', tag, back, own.weight, waits))
  redis.call('PEXPIRE', own.key, 60000)
end

local function refused(own, now, wait, waits)
  local back = now + math.min(wait, ${LONGEST_SLEEP_MS}) + ${GRACE_MS}
  writeShare(own, now, own.weight == 0 and now or own.tag, back, waits)
end

-- It does not want what the channel has: others owe it nothing for this time.
local function stoodBack(own, now)
  writeShare(own, now, own.weight == 0 and now or own.tag, now, '0')
end

-- With the last of its instants, where it is expected back after that: it has more to send, and its own rate lets it.
local function served(own, now, n, last, waits)
  local back = last and last + ${BACK_AFTER_MS} or now
  if own.weight == 0 then return writeShare(own, now, now, back, waits) end
  local tag = own.tag + n / own.weight
  redis.call('HSET', own.key, 'v', string.format('%.6f', math.max(own.virtual, math.min(own.low or tag, tag))))
  writeShare(own, now, tag, back, '0')
end
`;
