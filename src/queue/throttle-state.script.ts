// Beside the grants: what makes and reads the hash of a channel. Its fields are described in throttle.script.ts.

/**
 * Makes a channel's hash again after Redis lost it, or adds windows that were not counted until now, from limits and
 * from what Postgres says was spent. Nothing is given for free: the last second counts as spent, and so does the last
 * minute when anything was sent in it, and where calls at once are limited, as many may be out still as ever could be.
 * KEYS as above; ARGV: version, interval, windows, pacing, most calls at once, usage as JSON [{ field, slice, sends }],
 * marginMs, position, waitMs, ms for which calls that nobody knows of may be out. Does nothing where another process
 * was quicker.
 */
export const REBUILD_SCRIPT = `
local key = KEYS[1]
local windows, pacing, margin = cjson.decode(ARGV[3]), cjson.decode(ARGV[4]), tonumber(ARGV[7])
local missing = {}
for _, w in ipairs(windows) do
  if redis.call('HEXISTS', key, w.field .. ':sum') == 0 then missing[w.field] = { sum = 0 } end
end
for _, u in ipairs(cjson.decode(ARGV[6])) do
  local window = missing[u.field]
  if window then
    redis.call('HINCRBY', key, u.field .. ':' .. string.format('%d', u.slice), u.sends)
    window.sum = window.sum + u.sends
    window.tail = math.min(window.tail or u.slice, u.slice)
    window.last = math.max(window.last or u.slice, u.slice)
  end
end
for field, window in pairs(missing) do
  redis.call('HSET', key, field .. ':sum', window.sum)
  if window.tail then redis.call('HSET', key, field .. ':tail', window.tail, field .. ':last', window.last) end
end
if redis.call('HEXISTS', key, 'v') == 1 then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
redis.call('HSET', key, 'v', ARGV[1], 'interval', ARGV[2], 'w', ARGV[3], 'p', ARGV[4], 'i', ARGV[5])
if tonumber(ARGV[2]) > 0 or #windows > 0 or pacing.mostMs > 0 or pacing.pauseEvery > 0 then
  local spent = 1000 + margin
  redis.call('HSET', key, 'last', string.format('%.3f', now + spent), 'n', ARGV[8],
    'next', string.format('%.3f', now + math.max(spent, tonumber(ARGV[9]))))
end
if tonumber(ARGV[10]) > 0 then
  for i = 1, tonumber(ARGV[5]) do
    redis.call('ZADD', KEYS[2], string.format('%.3f', now + tonumber(ARGV[10])), 'lost:' .. i)
  end
end
redis.call('PEXPIRE', key, 172800000)
return 1
`;

/**
 * What is left of each window now. The sums in the hash are as the last grant left them, so slices that have left their
 * window since are taken off; changes nothing. KEYS[1]; ARGV: windows (JSON), marginMs.
 * Answers: now, held, heldCode, position, next, then what is left of each window.
 */
export const BUDGET_SCRIPT = `
local key = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local state = redis.call('HMGET', key, 'held', 'heldCode', 'n', 'next')
local answer = { string.format('%.3f', now), state[1] or '0', state[2] or '', state[3] or '0', state[4] or '0' }
for _, w in ipairs(cjson.decode(ARGV[1])) do
  local kept = redis.call('HMGET', key, w.field .. ':sum', w.field .. ':tail', w.field .. ':last')
  local left = w.limit - tonumber(kept[1] or '0')
  local tailNow = math.floor((now - w.windowMs - tonumber(ARGV[2])) / w.sliceMs)
  for slice = tonumber(kept[2] or tailNow), math.min(tailNow - 1, tonumber(kept[3] or '0')) do
    left = left + tonumber(redis.call('HGET', key, w.field .. ':' .. string.format('%d', slice)) or '0')
  end
  answer[#answer + 1] = tostring(left)
end
return answer
`;
