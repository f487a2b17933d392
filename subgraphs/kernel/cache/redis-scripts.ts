/*
 * Each runs as a whole in Redis. A generation is the time it was made, in microseconds, so that a tag that Redis has evicted or let
 * expire never gets one again that an old entry carries. An entry is `<tag>:<generation>,…` and a line break before the value's text.
 */

const NOW = `local t = redis.call('TIME'); local now = t[1] * 1000000 + t[2]`;

/** KEYS: tags. ARGV: lifetime of a tag, ms. Answers their generations; makes those that are missing. */
export const GENERATIONS = `
${NOW}
local answer = {}
for i, key in ipairs(KEYS) do
  local generation = redis.call('GET', key)
  if generation then
    redis.call('PEXPIRE', key, ARGV[1])
  else
    generation = string.format('%.0f', now)
    redis.call('SET', key, generation, 'PX', ARGV[1])
  end
  answer[i] = generation
end
return answer`;

/** KEYS: tags. ARGV: lifetime of a tag, ms. */
export const PURGE = `
${NOW}
for _, key in ipairs(KEYS) do
  local before = tonumber(redis.call('GET', key) or '0')
  redis.call('SET', key, string.format('%.0f', math.max(now, before + 1)), 'PX', ARGV[1])
end
return #KEYS`;

/** KEYS: entry, its tags. ARGV: value, lifetime of the entry and of a tag in ms, then for each tag its name and the generation seen. */
export const SET = `
local header = {}
for i = 2, #KEYS do
  local name, seen = ARGV[2 * i], ARGV[2 * i + 1]
  if redis.call('GET', KEYS[i]) ~= seen then return 0 end
  header[#header + 1] = name .. ':' .. seen
end
for i = 2, #KEYS do redis.call('PEXPIRE', KEYS[i], ARGV[3]) end
redis.call('SET', KEYS[1], table.concat(header, ',') .. '\\n' .. ARGV[1], 'PX', ARGV[2])
return 1`;

/** KEYS: entry. ARGV: prefix of tags' keys. */
export const GET = `
local entry = redis.call('GET', KEYS[1])
if not entry then return false end
local line = string.find(entry, '\\n', 1, true)
for name, seen in string.gmatch(string.sub(entry, 1, line - 1), '([^:,]+):([^:,]+)') do
  if redis.call('GET', ARGV[1] .. name) ~= seen then
    redis.call('DEL', KEYS[1])
    return false
  end
end
return string.sub(entry, line + 1)`;
