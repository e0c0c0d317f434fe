"""Lua scripts for counters in Redis: each a hash for what is used and a sorted set of leases.

Redis runs each script atomically. The time is the caller's: the clocks of one site agree to a
second or so, and leases have a minute to spare.
"""

# Two keys a counter, and five arguments: limit, amount, check only, leased, end of a new period.
# Returns what each counter shows, after the number of the counter that is full, or 0.
TAKE = """
local now, lease, lease_s = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local shown = {0}
local function argument(i, n) return tonumber(ARGV[3 + (i - 1) * 5 + n]) end
for i = 1, #KEYS / 2 do
    local used, ends_at, held = 0, argument(i, 5), 0
    local stored = redis.call('HMGET', KEYS[2 * i - 1], 'used', 'ends_at')
    if stored[2] and tonumber(stored[2]) > now then
        used, ends_at = tonumber(stored[1]), tonumber(stored[2])
    end
    if argument(i, 4) == 1 then
        redis.call('ZREMRANGEBYSCORE', KEYS[2 * i], '-inf', now)
        held = redis.call('ZCARD', KEYS[2 * i]) * argument(i, 2)
    end
    if used + held + argument(i, 2) > argument(i, 1) then return {i, used, held, ends_at} end
    shown[#shown + 1], shown[#shown + 2], shown[#shown + 3] = used, held, ends_at
end
for i = 1, #KEYS / 2 do
    local at = 1 + (i - 1) * 3
    if argument(i, 3) == 1 then
        -- Only checked.
    elseif argument(i, 4) == 1 then
        redis.call('ZADD', KEYS[2 * i], now + lease_s, lease)
        redis.call('EXPIRE', KEYS[2 * i], lease_s)
        shown[at + 2] = shown[at + 2] + argument(i, 2)
    else
        shown[at + 1] = shown[at + 1] + argument(i, 2)
        redis.call('HSET', KEYS[2 * i - 1], 'used', shown[at + 1], 'ends_at', shown[at + 3])
        redis.call('EXPIRE', KEYS[2 * i - 1], shown[at + 3] - now)
    end
end
return shown
"""

# Two keys a counter, and two arguments: what to add to what is used, end of a new period.
ADJUST = """
local now, lease = tonumber(ARGV[1]), ARGV[2]
for i = 1, #KEYS / 2 do
    if lease ~= '' then redis.call('ZREM', KEYS[2 * i], lease) end
    local change, ends_at = tonumber(ARGV[1 + 2 * i]), tonumber(ARGV[2 + 2 * i])
    if change ~= 0 then
        local used = 0
        local stored = redis.call('HMGET', KEYS[2 * i - 1], 'used', 'ends_at')
        if stored[2] and tonumber(stored[2]) > now then
            used, ends_at = tonumber(stored[1]), tonumber(stored[2])
        end
        used = math.max(0, used + change)
        redis.call('HSET', KEYS[2 * i - 1], 'used', used, 'ends_at', ends_at)
        redis.call('EXPIRE', KEYS[2 * i - 1], ends_at - now)
    end
end
return 0
"""
