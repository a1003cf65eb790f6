/** What is kept may lie so far ahead of Redis' clock before that is said to have gone back. */
const BACK_MS = 1000;
/** Less than this ahead of what a worker expects may be a command that waited in a frozen Redis. */
const FORWARD_MS = 60_000;

/**
 * Redis' clock may be set while channels send. All instants of a channel's hash move with it, so that what had to be
 * waited for before is waited for after: neither an hour of silence behind a clock that was set back, nor a window that
 * looks empty behind one that was set forward.
 *
 * `at` in the hash is when it was last asked, to the second; a clock that is behind it went back. A clock that went
 * forward looks like a channel that rested, so the worker brings what its own monotonic clock says that it should be.
 * Whoever asks first moves the hash; `at` tells the others.
 */
export const MOVED_CLOCK = `
local function moveInstants(key, jump)
  local names = { 'next', 'last', 'held', 'heldSince', 'open', 'probe', 'hand', 'since', 'cutFrom', 'cutSince', 'cutLast' }
  for i, kept in ipairs(redis.call('HMGET', key, unpack(names))) do
    if kept and tonumber(kept) > 0 then redis.call('HSET', key, names[i], string.format('%.3f', tonumber(kept) + jump)) end
  end
  for _, w in ipairs(cjson.decode(redis.call('HGET', key, 'w') or '[]')) do
    local slices, counts = math.ceil(jump / w.sliceMs), {}
    local kept = redis.call('HMGET', key, w.field .. ':tail', w.field .. ':last')
    local tail, last = tonumber(kept[1] or '1'), tonumber(kept[2] or '0')
    for slice = tail, last do
      local name = w.field .. ':' .. string.format('%d', slice)
      counts[slice] = redis.call('HGET', key, name) or nil
      redis.call('HDEL', key, name)
    end
    for slice, count in pairs(counts) do
      redis.call('HSET', key, w.field .. ':' .. string.format('%d', slice + slices), count)
    end
    if kept[1] then redis.call('HSET', key, w.field .. ':tail', string.format('%d', tail + slices)) end
    if kept[2] then redis.call('HSET', key, w.field .. ':last', string.format('%d', last + slices)) end
  end
end

-- By how much the clock jumped since the hash was last asked; what it keeps has moved with it.
local function followClock(key, at, now, expected)
  local jump = 0
  if at and now < at - ${BACK_MS} then jump = now - at end
  if at and expected > 0 and now - expected > ${FORWARD_MS} and at < expected + ${BACK_MS} then jump = now - expected end
  if jump ~= 0 then moveInstants(key, jump) end
  if not at or jump ~= 0 or now - at > 1000 then redis.call('HSET', key, 'at', string.format('%.3f', now)) end
  return jump
end
`;

/** For scripts that keep an instant in the hash and are not asked by grants: only a clock that went back is told. */
export const FOLLOW_BACK = `${MOVED_CLOCK}
local function followBack(key, now)
  local at = tonumber(redis.call('HGET', key, 'at') or 'nil')
  if at and now < at then followClock(key, at, now, 0) end
end
`;
