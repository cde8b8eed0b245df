-- The tables of the embedded store.
--
-- All times are milliseconds since 1970-01-01T00:00:00Z. All ids are the numbers behind the public ids and hold
-- the time of their making, so a row's id is also its creation time, and rows are appended. JSON is text.
-- Planner statistics are never gathered (no ANALYZE): each query has one good plan, and a test holds it to that.

-- The lives of this store's node.
CREATE TABLE life (
    lease        INTEGER PRIMARY KEY,   -- the lease of the present life; always one row
    last_attempt INTEGER NOT NULL       -- the highest attempt.id; no index has it
) STRICT;

INSERT INTO life (lease, last_attempt) VALUES (0, 0);

-- The environments of the platform.
CREATE TABLE organization (
    id                 INTEGER PRIMARY KEY,     -- OrganizationId; 1 is there from the start
    external           TEXT UNIQUE,             -- what another server's tokens call it; NULL for none
    name               TEXT NOT NULL,           -- for people
    header_names       INTEGER NOT NULL,        -- of signatures: 0 webhook-…, 1 svix-…, 2 both
    validates_payloads INTEGER NOT NULL,        -- 1 if payloads are checked against schemas, else 0
    updated_at         INTEGER NOT NULL,        -- when it was last changed
    revision           INTEGER NOT NULL         -- rises with each change
) STRICT;

INSERT INTO organization (id, name, header_names, validates_payloads, updated_at, revision)
    VALUES (1, 'default', 0, 0, 0, 0);

-- Keys to the API.
CREATE TABLE api_key (
    id           INTEGER PRIMARY KEY,   -- KeyId
    organization INTEGER NOT NULL,      -- organization.id
    scope        INTEGER NOT NULL,      -- 0 admin, 1 send, 2 read, 3 one app
    app          INTEGER,               -- app.id of that one app; otherwise NULL
    name         TEXT NOT NULL,         -- for people
    hash         BLOB NOT NULL UNIQUE,  -- SHA-256 of the key, 32 bytes
    expires_at   INTEGER,               -- from when on it opens nothing; NULL for never
    revoked_at   INTEGER,               -- since when it opens nothing; NULL while it does
    revision     INTEGER NOT NULL       -- rises with each change
) STRICT;

-- The keys of an organization, in the order of their making.
CREATE INDEX api_key_of_organization ON api_key (organization);

-- The keys of single apps that expire, those first that do so first.
CREATE INDEX api_key_expiring ON api_key (expires_at) WHERE scope = 3 AND expires_at IS NOT NULL;

-- Whether there is an admin key, which is asked at each start.
CREATE INDEX api_key_admin ON api_key (scope) WHERE scope = 0;

-- The customers of the platform.
CREATE TABLE app (
    id           INTEGER PRIMARY KEY,   -- AppId
    organization INTEGER NOT NULL,      -- organization.id
    kind         INTEGER NOT NULL,      -- 0 customer, 1 the organization itself
    uid          TEXT,                  -- the platform's own id of the customer; NULL for none
    name         TEXT NOT NULL,         -- for people
    throttle     INTEGER,               -- attempts per second to all its endpoints together; NULL for any number
    metadata     TEXT,                  -- the platform's notes, a JSON object of texts; NULL for none
    updated_at   INTEGER NOT NULL,      -- when it was last changed
    deleted_at   INTEGER,               -- since when it is gone; NULL while it is there
    revision     INTEGER NOT NULL       -- rises with each change
) STRICT;

-- A uid belongs to one app of its organization.
CREATE UNIQUE INDEX app_by_uid ON app (organization, uid) WHERE uid IS NOT NULL;

-- The customers of an organization, in the order of their making.
CREATE INDEX app_of_organization ON app (organization) WHERE kind = 0 AND deleted_at IS NULL;

-- Whom an organization's own webhooks go to: at most one.
CREATE UNIQUE INDEX app_operational ON app (organization) WHERE kind = 1;

-- What can happen, as organizations declare it.
CREATE TABLE event_type (
    organization INTEGER NOT NULL,  -- organization.id
    name         TEXT NOT NULL,     -- unique within the organization
    description  TEXT NOT NULL,     -- for people
    archived     INTEGER NOT NULL,  -- 1 if it can be chosen no more, else 0
    deprecated   INTEGER NOT NULL,  -- 1 if people should choose another one, else 0
    feature_flag TEXT,              -- only apps with this flag see it; NULL for all
    group_name   TEXT,              -- which others it is shown with; NULL for none
    schemas      TEXT,              -- a JSON object of JSON Schemas by version; NULL for none
    created_at   INTEGER NOT NULL,  -- when it was declared
    updated_at   INTEGER NOT NULL,  -- when it was last changed
    revision     INTEGER NOT NULL,  -- rises with each change
    UNIQUE (organization, name)
) STRICT;

-- Those that can be chosen.
CREATE INDEX event_type_live ON event_type (organization, name) WHERE archived = 0;

-- The URLs of apps that want to be called.
CREATE TABLE endpoint (
    id              INTEGER PRIMARY KEY,    -- EndpointId
    app             INTEGER NOT NULL,       -- app.id
    uid             TEXT,                   -- the platform's own id, unique within the app; NULL for none
    door            INTEGER NOT NULL,       -- 0 a webhook as in the article, 1 the full API
    url             TEXT NOT NULL,          -- in its canonical form
    description     TEXT NOT NULL,          -- for people
    version         INTEGER NOT NULL,       -- of the platform's API
    event_types     TEXT,                   -- which it wants: a JSON array; NULL for all
    channels        TEXT,                   -- in which channels: a JSON array; NULL for all
    pattern         TEXT,                   -- which payloads: a pattern as JSON; NULL for all
    throttle        INTEGER,                -- attempts per second; NULL for any number
    ordering        INTEGER NOT NULL,       -- 0 as fast as possible, 1 in the order of acceptance
    secret_kind     INTEGER NOT NULL,       -- 0 symmetric, 1 a key pair
    secret          BLOB NOT NULL,          -- the bytes that sign its calls
    old_secrets     TEXT,                   -- those that were replaced, newest first: a JSON array of kind, base64 and
                                            -- expires_at; NULL for none
    headers         TEXT,                   -- of its calls beside ours, as JSON; NULL for none
    auth            TEXT,                   -- how we show its receiver who we are, as JSON; NULL for not at all
    metadata        TEXT,                   -- the platform's notes, a JSON object of texts; NULL for none
    failing_since   INTEGER,                -- since when nothing succeeds; NULL if the last attempt did
    failing_warned  INTEGER,                -- 1 if its organization was warned, else 0; NULL as failing_since
    held_until      INTEGER,                -- called in order, and not before then; NULL if nothing holds it up
    disabled_at     INTEGER,                -- since when it may not be called; NULL while it may
    disabled_reason INTEGER,                -- why: 0 gone, 1 failing, 2 asked for; NULL while it may be called
    updated_at      INTEGER NOT NULL,       -- when it was last changed
    deleted_at      INTEGER,                -- since when it is gone; NULL while it is there
    revision        INTEGER NOT NULL        -- rises with each change
) STRICT;

-- The endpoints of an app, in the order of their making.
CREATE INDEX endpoint_of_app ON endpoint (app) WHERE deleted_at IS NULL;

-- Endpoints that their failures have disabled, or that meet nothing but failure, the longest first.
CREATE INDEX endpoint_in_trouble ON endpoint (ifnull(failing_since, disabled_at))
    WHERE deleted_at IS NULL AND (disabled_reason < 2 OR disabled_reason IS NULL AND failing_since IS NOT NULL);

-- A uid belongs to one endpoint of its app.
CREATE UNIQUE INDEX endpoint_by_uid ON endpoint (app, uid) WHERE uid IS NOT NULL;

-- The records of the platform. Rows are appended, and the index alone is kept in the order of the keys: those are
-- mostly random, so that each put touches a page of its own, of which there are fewer the less an entry holds.
CREATE TABLE resource (
    organization INTEGER NOT NULL,  -- organization.id
    kind         TEXT NOT NULL,     -- its type, such as candidate
    id           TEXT NOT NULL,     -- its id within the type
    app          INTEGER NOT NULL,  -- app.id
    created_at   INTEGER NOT NULL,  -- when it was first put
    updated_at   INTEGER NOT NULL,  -- when it was last put
    fields       BLOB NOT NULL,     -- the JSON object that was put, as text
    UNIQUE (organization, kind, id)
) STRICT;

-- What happened, for one app each.
CREATE TABLE message (
    id            INTEGER PRIMARY KEY,  -- MessageId
    app           INTEGER NOT NULL,     -- app.id
    event_type    TEXT NOT NULL,        -- decides which endpoints want it
    source        TEXT NOT NULL,        -- who published the event behind it
    detail_type   TEXT NOT NULL,        -- the publisher's name for what happened
    resource_kind TEXT,                 -- resource.kind of the record that it is about; NULL if it was sent as such
    resource_id   TEXT,                 -- resource.id of that record, which may be gone; NULL as resource_kind
    event_id      TEXT,                 -- the platform's own id, unique within the app; NULL for none
    channels      TEXT,                 -- a JSON array; NULL for none
    tags          TEXT,                 -- a JSON array; NULL for none
    deliver_at    INTEGER,              -- it is not delivered before then; NULL for at once
    expires_at    INTEGER,              -- from when on its payload may be forgotten; NULL for never
    fate          INTEGER NOT NULL,     -- how its routing ended: 0 routed, 1 skipped, 2 data not found
    payload_kind  INTEGER NOT NULL,     -- 0 an envelope without its token, 1 bytes that were sent, 2 there was none,
                                        -- 3 expunged
    payload       BLOB                  -- the bytes; NULL where there are none
) STRICT;

-- The messages of an app by their fate and then (by the rowid at the end of each entry) by their time. It serves
-- the messages of one fate, of all fates (three ordered walks, merged), and the calls of an app: those are the
-- deliveries of its routed messages, however many others were skipped.
CREATE INDEX message_of_app ON message (app, fate);

-- An event's id belongs to one message of its app.
CREATE UNIQUE INDEX message_by_event_id ON message (app, event_id) WHERE event_id IS NOT NULL;

-- Payloads that are to be forgotten, by when.
CREATE INDEX message_expiring ON message (expires_at) WHERE expires_at IS NOT NULL AND payload_kind < 2;

-- One message for one endpoint each. Where it was kept from birth on, and its first attempt ended it and was answered with
-- little, that attempt stands in the same row: that is how most deliveries go, and so they are one row that is written once.
CREATE TABLE delivery (
    message        INTEGER NOT NULL,    -- message.id
    endpoint       INTEGER NOT NULL,    -- endpoint.id
    state          INTEGER NOT NULL,    -- 0 waiting, 1 leased, 2 succeeded, 3 failed
    due            INTEGER,             -- waiting: when it may be claimed; otherwise NULL
    lease          INTEGER,             -- leased: by which life; otherwise NULL
    settled_at     INTEGER,             -- succeeded or failed: since when; otherwise NULL
    failed_reason  INTEGER,             -- failed: 0 exhausted, 1 gone, 2 endpoint disabled, 3 cancelled, 4 expunged;
                                        -- otherwise NULL
    attempts       INTEGER NOT NULL,    -- attempts on record
    earlier        INTEGER NOT NULL,    -- of these, before the present round
    next_trigger   INTEGER NOT NULL,    -- why the next attempt is made: 0 by schedule, 1 asked for
    interruptions  INTEGER NOT NULL,    -- how often its node stopped or died while it was leased
    token          BLOB,                -- the article's verification token, 32 bytes; NULL without a place for it
    -- The first attempt, with the columns of table attempt; NULL where it stands in that table, and before it is made.
    first_id             INTEGER,
    first_made_by        INTEGER,
    first_started_at     INTEGER,
    first_duration_ns    INTEGER,
    first_url            TEXT,
    first_status         INTEGER,
    first_truncated      INTEGER,
    first_retry_after    TEXT,
    first_failure_code   TEXT,
    first_failure_detail TEXT,
    first_body           BLOB,
    PRIMARY KEY (message, endpoint)
) STRICT, WITHOUT ROWID;

-- Lanes: what waits, by endpoint and then in the order in which it is claimed.
CREATE INDEX delivery_waiting ON delivery (endpoint, due, message) WHERE state = 0;

-- What a life holds, for another life to take over, without what it keeps in born.
CREATE INDEX delivery_leased ON delivery (lease, message, endpoint) WHERE state = 1;

-- The deliveries of an endpoint. An entry is never changed.
CREATE INDEX delivery_of_endpoint ON delivery (endpoint, message);

-- The first attempts of an endpoint, as attempt_of_endpoint.
CREATE INDEX delivery_first ON delivery (endpoint, first_id) WHERE first_id IS NOT NULL;

-- Deliveries that were born leased, a row for each commit that brought such forth. They get a row above when they end or wait
-- again, or when they have stood here for long; then it is that row that counts. The oldest rows are taken away as soon as all
-- of theirs have one.
CREATE TABLE born (
    number     INTEGER PRIMARY KEY,     -- 1 for the first; negative where the row could not be read and was set aside
    deliveries BLOB NOT NULL            -- for each, big-endian: app.id (8), message.id (8), endpoint.id (8), lease (8); 1 if it
                                        -- has a token (32), which follows, else 0 (1)
) STRICT;

-- The HTTP requests of deliveries, without those that stand in their delivery's row.
CREATE TABLE attempt (
    message        INTEGER NOT NULL,    -- delivery.message
    endpoint       INTEGER NOT NULL,    -- delivery.endpoint
    number         INTEGER NOT NULL,    -- 1 for the first attempt of the delivery
    id             INTEGER NOT NULL,    -- AttemptId
    made_by        INTEGER NOT NULL,    -- why it was made: 0 by schedule, 1 asked for
    started_at     INTEGER NOT NULL,    -- when it began
    duration_ns    INTEGER NOT NULL,    -- from its beginning to the end of the response, or to the failure
    url            TEXT NOT NULL,       -- where it went
    status         INTEGER,             -- the response's status; NULL if there was no response
    truncated      INTEGER,             -- 1 if the body went on, else 0; NULL as status
    retry_after    TEXT,                -- the response's Retry-After as it came; NULL if it had none
    failure_code   TEXT,                -- why it failed, as a stable code; NULL for a success
    failure_detail TEXT,                -- why it failed, in words; NULL for a success
    body           BLOB,                -- the beginning of the response's body, any bytes; NULL as status
    PRIMARY KEY (message, endpoint, number)
) STRICT, WITHOUT ROWID;

-- The attempts of an endpoint, in the order of their making. An entry is never changed.
CREATE INDEX attempt_of_endpoint ON attempt (endpoint, id);

-- All HTTP requests. Both numbers must be integers to SQLite, or it would read all rows for each question.
CREATE VIEW any_attempt AS
    SELECT message, endpoint, number, id, made_by, started_at, duration_ns, url, status, truncated, retry_after,
        failure_code, failure_detail, body
    FROM attempt
    UNION ALL
    SELECT message, endpoint, CAST(1 AS INTEGER), first_id, first_made_by, first_started_at, first_duration_ns,
        first_url, first_status, first_truncated, first_retry_after, first_failure_code, first_failure_detail, first_body
    FROM delivery WHERE first_id IS NOT NULL;

-- What commits counted and is not in attempt_stats yet, a row for each commit. When they have counted some thousand
-- things, all of them are added up there at once.
CREATE TABLE tally (
    number INTEGER PRIMARY KEY,     -- 1 for the first
    things INTEGER NOT NULL,        -- how many things this row and those before it have
    counts BLOB NOT NULL            -- 14 bytes for each, big-endian: endpoint.id (8), minutes since 1970 (4); what, 0 an
                                    -- attempt that succeeded, 1 one that failed, 2 a delivery that ended with success, 3
                                    -- one without (1); for attempts the bucket of their duration (1)
) STRICT;

-- What became of attempts and deliveries, counted: by the minute for a short time, and by the hour. The time stands
-- first: what is counted at once stands together then, however many apps and endpoints there are.
CREATE TABLE attempt_stats (
    grain        INTEGER NOT NULL,  -- 0 by the minute, 1 by the hour
    number       INTEGER NOT NULL,  -- minutes or hours since 1970-01-01T00:00:00Z
    organization INTEGER NOT NULL,  -- organization.id
    app          INTEGER NOT NULL,  -- app.id; 0 for all customers of the organization
    endpoint     INTEGER NOT NULL,  -- endpoint.id, by the hour alone; 0 for all endpoints of the app
    succeeded    INTEGER NOT NULL,  -- attempts that began then and succeeded
    failed       INTEGER NOT NULL,  -- attempts that began then and failed
    delivered    INTEGER NOT NULL,  -- deliveries that ended then with success
    given_up     INTEGER NOT NULL,  -- deliveries that ended then without, unless they were cancelled
    latencies    BLOB NOT NULL,     -- how long the attempts took: buckets (1 byte) with their counts (LEB128)
    PRIMARY KEY (grain, number, organization, app, endpoint)
) STRICT, WITHOUT ROWID;

-- Background tasks: deliveries of an endpoint that are made again, many at once.
CREATE TABLE task (
    id           INTEGER PRIMARY KEY,   -- TaskId
    organization INTEGER NOT NULL,      -- organization.id
    app          INTEGER NOT NULL,      -- app.id
    endpoint     INTEGER NOT NULL,      -- endpoint.id
    kind         INTEGER NOT NULL,      -- 0 recover, 1 replay missing, 2 bulk replay
    since        INTEGER NOT NULL,      -- messages accepted before this moment are left alone
    until        INTEGER NOT NULL,      -- messages accepted at or after this moment are left alone
    status       INTEGER NOT NULL,      -- 0 running, 1 finished, 2 failed
    cursor       INTEGER,               -- message.id of the last message that was looked at; NULL if none was
    examined     INTEGER NOT NULL,      -- messages that were looked at
    queued       INTEGER NOT NULL,      -- deliveries that were made to wait
    updated_at   INTEGER NOT NULL       -- when it last came further
) STRICT;

-- The tasks of an organization, and those of an app, in the order of their beginning.
CREATE INDEX task_of_organization ON task (organization);
CREATE INDEX task_of_app ON task (app);

-- Those that go on, oldest first; and how many of them each endpoint has.
CREATE INDEX task_running ON task (status) WHERE status = 0;
CREATE INDEX task_running_of_endpoint ON task (endpoint) WHERE status = 0;

-- What was answered to requests with an idempotency key. Rows are appended and, when they are old, taken away from the
-- other end; only the index is kept in the random order of the keys.
CREATE TABLE answer (
    at           INTEGER NOT NULL,      -- when the request came
    key          BLOB NOT NULL,         -- a hash of whose request it is, of its route and of its key, 16 bytes
    request_hash BLOB NOT NULL,         -- a hash of the request's body, 16 bytes
    status       INTEGER,               -- of the answer; NULL for a sending
    body         BLOB NOT NULL,         -- of the answer; of a sending, 8 bytes (big-endian) for each of its messages: its
                                        -- id, or -1 no app, -2 event id taken, -3 too large
    PRIMARY KEY (at, key)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX answer_by_key ON answer (key);
