"""What Redis runs as one step, and the keys under which Tandem keeps what it has.

Lua, as Redis has had it since 2.6; a script is run whole, and nothing comes between.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

EPOCH_KEY = "tandem:epoch"
EVENTS_KEY = "tandem:events"
"""A stream of short life by which processes wake each other."""


def log_key(room: str) -> str:
    """The stream that is a room's log; an entry's id is `<seq>-0`."""
    return f"tandem:{{{room}}}:log"


def refs_key(room: str) -> str:
    """The hash that leads from a sender and a `ref` to the id of the entry."""
    return f"tandem:{{{room}}}:refs"


ALIVE_KEY = "tandem:alive"
"""The sorted set of all processes, by the time at which each is taken for dead."""


def process_key(process: str) -> str:
    """The hash that counts a process's members, by room and name."""
    return f"tandem:process:{process}"


def members_key(room: str) -> str:
    """The hash that counts a room's members, by process."""
    return f"tandem:{{{room}}}:members"


@dataclass(frozen=True)
class Script:
    """A script and the name by which Redis knows it once it was loaded."""

    text: str

    @cached_property
    def sha(self) -> str:
        """The name, which Redis derives in the same way."""
        return hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


APPEND = Script("""
-- KEYS: the epoch, the room's log, its refs.
-- ARGV: the epoch, messages kept, ref with its sender, then the fields of the entry.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return false
end
local known = ARGV[3] ~= '' and redis.call('HGET', KEYS[3], ARGV[3])
if known then
    return {0, redis.call('XRANGE', KEYS[2], known, known)[1]}
end
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
local seq = last and tonumber(string.match(last[1], '^%d+')) + 1 or 1
local id = string.format('%.0f-0', seq)
redis.call('XADD', KEYS[2], id, unpack(ARGV, 4))
if ARGV[3] ~= '' then
    redis.call('HSET', KEYS[3], ARGV[3], id)
end
local over = redis.call('XLEN', KEYS[2]) - ARGV[2]
if over > 0 then
    for _, gone in ipairs(redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', over)) do
        local field = {}
        for i = 1, #gone[2], 2 do
            field[gone[2][i]] = gone[2][i + 1]
        end
        if field.ref then
            redis.call('HDEL', KEYS[3], field.name .. '\\0' .. field.ref)
        end
    end
    redis.call('XTRIM', KEYS[2], 'MAXLEN', ARGV[2])
end
return {1, {id, {unpack(ARGV, 4)}}}
""")

WAKE = Script("""
-- KEYS: the stream by which processes wake each other.
return redis.call('XADD', KEYS[1], 'MAXLEN', '~', 1000, '*', 'wake', '')
""")

RENEW = Script("""
-- KEYS: the epoch. ARGV: the epoch that is over, the next one.
local epoch = redis.call('GET', KEYS[1])
if not epoch or epoch == ARGV[1] then
    redis.call('SET', KEYS[1], ARGV[2])
    return ARGV[2]
end
return epoch
""")

COUNT = Script("""
-- KEYS: the room's members, the process's members, all processes, events.
-- ARGV: the process, the room, a name, how many more of it.
local field = ARGV[2] .. '\\0' .. ARGV[3]
local known = tonumber(redis.call('HGET', KEYS[2], field) or 0)
-- Who was buried with its process has left already.
local more = math.max(tonumber(ARGV[4]), -known)
local function add(key, field)
    if redis.call('HINCRBY', key, field, more) <= 0 then
        redis.call('HDEL', key, field)
    end
end
if more ~= 0 then
    add(KEYS[1], ARGV[1])
    add(KEYS[2], field)
    -- A process that is not among the living, and dies before it beats, is buried too.
    redis.call('ZADD', KEYS[3], 'NX', 0, ARGV[1])
end
local members = 0
for _, each in ipairs(redis.call('HVALS', KEYS[1])) do
    members = members + each
end
if more ~= 0 then
    redis.call('XADD', KEYS[4], 'MAXLEN', '~', 10000, '*', 'room', ARGV[2],
        'members', members, more > 0 and 'joined' or 'left', cjson.encode({ARGV[3]}))
end
return members
""")

_BURY = """
local function bury(process, alive, events)
    redis.call('ZREM', alive, process)
    local left = {}
    local found = redis.call('HGETALL', 'tandem:process:' .. process)
    for i = 1, #found, 2 do
        local room, name = string.match(found[i], '^(.-)%z(.*)$')
        left[room] = left[room] or {}
        for _ = 1, found[i + 1] do
            table.insert(left[room], name)
        end
    end
    for room, names in pairs(left) do
        local key = 'tandem:{' .. room .. '}:members'
        redis.call('HDEL', key, process)
        local members = 0
        for _, each in ipairs(redis.call('HVALS', key)) do
            members = members + each
        end
        redis.call('XADD', events, 'MAXLEN', '~', 10000, '*', 'room', room,
            'members', members, 'left', cjson.encode({unpack(names, 1, 20)}))
    end
    redis.call('DEL', 'tandem:process:' .. process)
end
"""

LEAVE = Script(
    _BURY
    + """
-- KEYS: all processes, events. ARGV: the process.
bury(ARGV[1], KEYS[1], KEYS[2])
"""
)

BEAT = Script(
    _BURY
    + """
-- KEYS: all processes, events. ARGV: the process, how long it counts as alive.
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local until_then = redis.call('ZSCORE', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
if not until_then or tonumber(until_then) < now then
    -- This process, or Redis, was away: the others may not have been able to say
    -- that they live, and are given the time.
    return 0
end
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. now)) do
    bury(dead, KEYS[1], KEYS[2])
end
return 1
"""
)

MEMBERS = Script("""
-- KEYS: the process's members.
return redis.call('HGETALL', KEYS[1])
""")
