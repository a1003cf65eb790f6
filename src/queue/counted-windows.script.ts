/**
 * The counted windows of a channel (see channel-limits.ts) in its hash: `<w>:sum` what is counted, `<w>:tail` the oldest
 * slice of it, `<w>:last` the newest, `<w>:<slice>` how many in each.
 */
export const WINDOWS = `
-- Forgets windows that are not counted any more. Whether all the new ones were counted until now.
local function adoptWindows(key, old, new)
  local counted = {}
  for _, w in ipairs(new) do
    if redis.call('HEXISTS', key, w.field .. ':sum') == 0 then return false end
    counted[w.field] = true
  end
  for _, w in ipairs(old) do
    if not counted[w.field] then
      local kept = redis.call('HMGET', key, w.field .. ':tail', w.field .. ':last')
      for slice = tonumber(kept[1] or '1'), tonumber(kept[2] or '0') do redis.call('HDEL', key, w.field .. ':' .. slice) end
      redis.call('HDEL', key, w.field .. ':sum', w.field .. ':tail', w.field .. ':last')
    end
  end
  return true
end

-- What is left of a window that is counted so much longer than it is, at the instant of the next call.
local function leftIn(key, w, at, longer)
  local tailNow = math.floor((at - w.windowMs - longer) / w.sliceMs)
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
  w.sum, w.tail = sum, math.max(tail, tailNow)
  redis.call('HSET', key, w.field .. ':sum', sum, w.field .. ':tail', w.tail)
  return w.limit - sum
end

-- When the oldest slice of a window that is full leaves it.
local function freeAgain(key, w, at, longer)
  local full = w.tail
  while full <= math.floor(at / w.sliceMs) and redis.call('HEXISTS', key, w.field .. ':' .. full) == 0 do
    full = full + 1
  end
  return (full + 1) * w.sliceMs + w.windowMs + longer
end

local function countIn(key, w, instants, n)
  local counts, last = {}, 0
  for i = 1, n do
    last = math.floor(instants[i] / w.sliceMs)
    counts[last] = (counts[last] or 0) + 1
  end
  for slice, count in pairs(counts) do redis.call('HINCRBY', key, w.field .. ':' .. string.format('%d', slice), count) end
  redis.call('HSET', key, w.field .. ':sum', w.sum + n, w.field .. ':last', last)
end
`;
