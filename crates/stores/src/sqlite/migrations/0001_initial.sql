-- The tables of the embedded store.
--
-- All times are milliseconds since 1970-01-01T00:00:00Z. All ids are the numbers behind the public ids and hold
-- the time of their making, so a row's id is also its creation time, and rows are appended.
-- Planner statistics are never gathered (no ANALYZE): each query has one good plan, and a test holds it to that.

-- The lives of this store's node.
CREATE TABLE life (
    lease INTEGER PRIMARY KEY   -- the lease of the present life; always one row
) STRICT;

INSERT INTO life (lease) VALUES (0);

-- Hashes of the keys that may do everything.
CREATE TABLE admin_key (
    position INTEGER PRIMARY KEY,   -- in the order of their making, from 1
    hash     BLOB NOT NULL          -- SHA-256 of the key, 32 bytes
) STRICT;

-- The customers of the platform.
CREATE TABLE app (
    id  INTEGER PRIMARY KEY,    -- AppId
    uid TEXT NOT NULL UNIQUE    -- the platform's own id of the customer
) STRICT;

-- The URLs of apps that want to be called.
CREATE TABLE endpoint (
    id              INTEGER PRIMARY KEY,    -- EndpointId
    app             INTEGER NOT NULL,       -- app.id
    url             TEXT NOT NULL,          -- in its canonical form
    webhook         TEXT,                   -- the event type of a webhook as in the article; NULL for others
    event_types     TEXT,                   -- of others: a JSON array of event types, empty once replaced; NULL for all
    secret          BLOB NOT NULL,          -- the bytes that key its signatures
    disabled_at     INTEGER,                -- since when it may not be called; NULL while it may
    disabled_reason INTEGER                 -- why: 0 gone; NULL while it may be called
) STRICT;

-- The endpoints of an app, in the order of their making.
CREATE INDEX endpoint_of_app ON endpoint (app);

-- The records of the platform. Without a rowid a put is one look into one tree.
CREATE TABLE resource (
    kind       TEXT NOT NULL,       -- its type, such as candidate
    id         TEXT NOT NULL,       -- its id within the type
    app        INTEGER NOT NULL,    -- app.id
    fields     BLOB NOT NULL,       -- the JSON object that was put, as text
    created_at INTEGER NOT NULL,    -- when it was first put
    updated_at INTEGER NOT NULL,    -- when it was last put
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- What happened, for one app each.
CREATE TABLE message (
    id            INTEGER PRIMARY KEY,  -- MessageId
    app           INTEGER NOT NULL,     -- app.id
    event_type    TEXT NOT NULL,        -- decides which endpoints want it
    source        TEXT NOT NULL,        -- who published the event behind it
    detail_type   TEXT NOT NULL,        -- the publisher's name for what happened
    resource_kind TEXT NOT NULL,        -- resource.kind of the record that it is about
    resource_id   TEXT NOT NULL,        -- resource.id of that record, which may be gone
    fate          INTEGER NOT NULL,     -- how its routing ended: 0 routed, 1 skipped, 2 data not found
    payload       BLOB                  -- the envelope without its token; NULL where the record was not there
) STRICT;

-- The messages of an app by their fate and then (by the rowid at the end of each entry) by their time. It serves
-- the messages of one fate, of all fates (three ordered walks, merged), and the calls of an app: those are the
-- deliveries of its routed messages, however many others were skipped.
CREATE INDEX message_of_app ON message (app, fate);

-- One message for one endpoint each.
CREATE TABLE delivery (
    message       INTEGER NOT NULL,     -- message.id
    endpoint      INTEGER NOT NULL,     -- endpoint.id
    state         INTEGER NOT NULL,     -- 0 waiting, 1 leased, 2 succeeded, 3 failed
    due           INTEGER,              -- waiting: when it may be claimed; otherwise NULL
    lease         INTEGER,              -- leased: by which life; otherwise NULL
    settled_at    INTEGER,              -- succeeded or failed: since when; otherwise NULL
    failed_reason INTEGER,              -- failed: 0 exhausted, 1 gone, 2 endpoint disabled; otherwise NULL
    attempts      INTEGER NOT NULL,     -- attempts on record
    interruptions INTEGER NOT NULL,     -- how often its node stopped or died while it was leased
    token         BLOB NOT NULL,        -- the article's verification token, 32 bytes
    PRIMARY KEY (message, endpoint)
) STRICT, WITHOUT ROWID;

-- Lanes: what waits, by endpoint and then in the order in which it is claimed.
CREATE INDEX delivery_waiting ON delivery (endpoint, due, message) WHERE state = 0;

-- What a life holds, for another life to take over. It has as many entries as deliveries are in memory.
CREATE INDEX delivery_leased ON delivery (lease, message, endpoint) WHERE state = 1;

-- The HTTP requests of deliveries.
CREATE TABLE attempt (
    message        INTEGER NOT NULL,    -- delivery.message
    endpoint       INTEGER NOT NULL,    -- delivery.endpoint
    number         INTEGER NOT NULL,    -- 1 for the first attempt of the delivery
    started_at     INTEGER NOT NULL,    -- when it began
    duration_ns    INTEGER NOT NULL,    -- from its beginning to the end of the response, or to the failure
    url            TEXT NOT NULL,       -- where it went
    status         INTEGER,             -- the response's status; NULL if there was no response
    body           BLOB,                -- the beginning of the response's body, any bytes; NULL as status
    truncated      INTEGER,             -- 1 if the body went on, else 0; NULL as status
    retry_after    TEXT,                -- the response's Retry-After as it came; NULL if it had none
    failure_code   TEXT,                -- why it failed, as a stable code; NULL for a success
    failure_detail TEXT,                -- why it failed, in words; NULL for a success
    PRIMARY KEY (message, endpoint, number)
) STRICT, WITHOUT ROWID;
