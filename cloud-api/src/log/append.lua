-- Compare and append: KEYS = stream, tombstone of its day; ARGV = floor, hash before the first event, first seq, epoch of the log, then
-- body and hash of each event. Appends only what comes next and only when what is there already is the same. The tombstone names the epoch
-- in which the stream was removed; a day that runs again in a later one, after a restored Postgres, is written. Answers {verdict, last seq}.
local floor = tonumber(ARGV[1])
local prev = ARGV[2]
local seq = tonumber(ARGV[3])
local epoch = tonumber(ARGV[4])

local function text(number)
    return string.format('%.0f', number)
end

local function hash_at(at)
    local found = redis.call('XRANGE', KEYS[1], text(at) .. '-0', text(at) .. '-0')
    if #found == 0 then
        return nil
    end
    local fields = found[1][2]
    for i = 1, #fields, 2 do
        if fields[i] == 'hash' then
            return fields[i + 1]
        end
    end
    return nil
end

local ended = redis.call('GET', KEYS[2])
if ended and (tonumber(ended) or epoch) >= epoch then
    return {'CLOSED', '0'}
end
local last = floor
if redis.call('EXISTS', KEYS[1]) == 1 then
    if redis.call('TYPE', KEYS[1]).ok ~= 'stream' then
        return {'FORK', '0'}
    end
    local info = redis.call('XINFO', 'STREAM', KEYS[1])
    for i = 1, #info, 2 do
        if info[i] == 'last-generated-id' then
            last = tonumber(string.match(info[i + 1], '^(%d+)-'))
        end
    end
    if last < floor then
        return {'FORK', text(last)}
    end
end

local verdict = 'DUP'
for i = 5, #ARGV, 2 do
    local body, hash = ARGV[i], ARGV[i + 1]
    if seq <= last then
        if hash_at(seq) ~= hash then
            return {'FORK', text(last)}
        end
    elseif seq > last + 1 then
        return {'GAP', text(last)}
    else
        if verdict == 'DUP' and last > floor and hash_at(last) ~= prev then
            return {'FORK', text(last)}
        end
        redis.call('XADD', KEYS[1], text(seq) .. '-0', 'body', body, 'hash', hash)
        last = seq
        verdict = 'OK'
    end
    prev = hash
    seq = seq + 1
end
return {verdict, text(last)}
