//! Every upper bound of the program, each with its reason. A loop, queue, page, payload, retry or time-out
//! that is not bounded by something in this file is a defect.

use std::time::Duration;

/// Names, uids and ids from outside: what the Svix contract allows, and short enough to index.
pub const NAME_CHARS_MAX: usize = 256;

// -- Requests that come in ---------------------------------------------------------------------------------

/// A request's body. Webhook payloads are kilobytes; a mebibyte leaves room and keeps a burst in memory.
pub const REQUEST_BODY_BYTES_MAX: usize = 1024 * 1024;
/// What is read, and thrown away, of a refused request's body. A client that is still sending would otherwise
/// see its connection break instead of the answer; one that sends more than this has to live with that.
pub const REQUEST_DISCARD_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How long that may take: the client has its answer coming, and nobody else waits for this.
pub const REQUEST_DISCARD_TIME_MAX: Duration = Duration::from_secs(5);
/// Nesting of JSON in a request: deeper documents are attacks on somebody's parser.
pub const JSON_DEPTH_MAX: usize = 64;
/// Reading a whole request: slow senders may not hold connections for ever.
pub const REQUEST_READ_TIME_MAX: Duration = Duration::from_secs(30);
/// Reading the head of a request, and waiting for the next one on a connection that is kept open.
pub const REQUEST_HEAD_TIME_MAX: Duration = Duration::from_secs(10);
/// The head of a request: more than browsers and proxies make of it.
pub const REQUEST_HEAD_BYTES_MAX: usize = 64 * 1024;
/// How long a client may take nothing of an answer: whoever asks and never reads may not hold a connection.
pub const RESPONSE_STALL_TIME_MAX: Duration = Duration::from_secs(30);
/// Connections that the API serves at once: below the usual limit of open files, with room for sending.
pub const API_CONNECTIONS_MAX: usize = 4096;
/// Events in one `POST /events`: as many rows as one transaction may hold up others for.
pub const EVENTS_PER_REQUEST_MAX: usize = 100;
/// Payloads of all messages that one request makes: they are in memory at once and in one transaction, and a
/// hundred events may refer to the same large resource. A body of the largest size has room for seven.
pub const ACCEPTANCE_PAYLOAD_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Free texts such as `source`, `detail-type`, names of people: stored with each row.
pub const TEXT_BYTES_MAX: usize = 1024;
/// An e-mail address, by RFC 5321 section 4.5.3.1.
pub const EMAIL_BYTES_MAX: usize = 254;
/// Rows on one page, and how many without being asked.
pub const PAGE_ROWS_MAX: usize = 250;
/// Payloads on one page of calls, together: a page of the largest ones would be a quarter of a gigabyte.
pub const PAGE_PAYLOAD_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Rows on a page that was asked for without `limit`.
pub const PAGE_ROWS_DEFAULT: usize = 50;

// -- Routing -----------------------------------------------------------------------------------------------

/// Rules of one configuration: each change is matched against all of them.
pub const RULES_MAX: usize = 256;
/// Fields that one rule may compare.
pub const RULE_FIELDS_MAX: usize = 32;
/// Endpoints of one app: a message makes at most this many deliveries in one transaction.
pub const ENDPOINTS_PER_APP_MAX: usize = 1000;

// -- The full API ------------------------------------------------------------------------------------------

/// Notes of the platform on an app or endpoint, as JSON: what the Svix contract allows.
pub const METADATA_BYTES_MAX: usize = 4096;
/// Channels of an endpoint: what the Svix contract allows.
pub const ENDPOINT_CHANNELS_MAX: usize = 10;
/// Channels of a message: what the Svix contract allows.
pub const MESSAGE_CHANNELS_MAX: usize = 5;
/// Tags of a message: what the Svix contract allows.
pub const MESSAGE_TAGS_MAX: usize = 8;
/// Event types that one endpoint lists: each message is compared with all of them.
pub const ENDPOINT_EVENT_TYPES_MAX: usize = 1000;
/// Messages in one batch: as many rows as one transaction may hold up others for.
pub const MESSAGES_PER_BATCH_MAX: usize = 1000;
/// The body of a batch: its payloads may have so many bytes together anyway.
pub const BATCH_BODY_BYTES_MAX: usize = ACCEPTANCE_PAYLOAD_BYTES_MAX;
/// Bodies of batches in memory at once, together: each is there twice while it is taken apart.
pub const BATCH_BODIES_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long a batch waits for room in memory: the clients' own patience.
pub const BATCH_WAIT_TIME_MAX: Duration = Duration::from_secs(10);
/// Messages whose payloads one request has forgotten, each in a commit of its own.
pub const MESSAGES_EXPUNGED_MAX: usize = 250;
/// The longest that a payload is kept, and how long without being asked: what the Svix contract says.
pub const PAYLOAD_DAYS_MAX: u64 = 90;
/// The fewest days that may be asked for: what the Svix contract says. Hours may be fewer.
pub const PAYLOAD_DAYS_MIN: u64 = 5;
/// How far ahead a message may be delivered: a year is a schedule, more is a mistake.
pub const DELIVER_LATER_TIME_MAX: Duration = Duration::from_secs(366 * 24 * 3600);
/// How long the answer to a request with an idempotency key is remembered, unless configured.
pub const IDEMPOTENCY_TIME_DEFAULT: Duration = Duration::from_secs(24 * 3600);
/// The longest such time that can be configured: each answer takes room until then.
pub const IDEMPOTENCY_TIME_MAX: Duration = Duration::from_secs(30 * 24 * 3600);
/// An idempotency key, in bytes: longer ones are documents.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 256;
/// The schemas of one event type, as JSON: each payload is held against one.
pub const SCHEMAS_BYTES_MAX: usize = 64 * 1024;
/// The objects and lists of a schema with everything in place that it refers to: each may look at each part of a payload.
/// Ten times what the schemas of large APIs have.
pub const SCHEMA_PARTS_MAX: usize = 10_000;
/// A compiled pattern of a schema: some thousand times what people write.
pub const SCHEMA_PATTERN_BYTES_MAX: usize = 1024 * 1024;
/// Compiled schemas that are kept in memory: as many event types as busy organizations use at once.
pub const SCHEMAS_IN_MEMORY_MAX: usize = 1024;
/// Payloads that are held against their schemas at once: each keeps a thread busy, some for seconds.
pub const SCHEMA_CHECKS_AT_ONCE_MAX: usize = 4;
/// Those of one organization: half of all, so that none keeps the others from sending.
pub const SCHEMA_CHECKS_PER_ORGANIZATION_MAX: usize = SCHEMA_CHECKS_AT_ONCE_MAX / 2;
/// How long a request waits for its turns, together: the clients' own patience.
pub const SCHEMA_WAIT_TIME_MAX: Duration = Duration::from_secs(10);
/// What is told of a payload that is not what its schema says: enough to find the mistake.
pub const VIOLATIONS_MAX: usize = 10;
/// How much is told of each, in characters: values in it may be as long as the payload.
pub const VIOLATION_CHARS_MAX: usize = 256;
/// How long a request waits for the one before it with the same idempotency key: the clients' own patience.
pub const IDEMPOTENCY_WAIT_TIME_MAX: Duration = Duration::from_secs(15);
/// A token of another server, in bytes: they have some 200, and whoever sends more wants us to compute.
pub const JWT_BYTES_MAX: usize = 4096;
/// How far the clock of whoever issued a token may differ from ours: what the Svix contract says.
pub const JWT_SKEW_MAX: Duration = Duration::from_secs(15 * 60);
/// The time window of messages and attempts that are listed without saying from when: what the Svix contract says.
pub const LIST_TIME_MAX: Duration = Duration::from_secs(90 * 24 * 3600);
/// Rows that one page looks at to find those that a filter wants, for some 5 ms: the page ends there, and the next one goes
/// on.
pub const PAGE_ROWS_EXAMINED_MAX: usize = 2000;
/// The time of which attempts are counted at once.
pub const STATS_TIME_MAX: Duration = Duration::from_secs(28 * 24 * 3600);
/// The time of which attempts are counted at once for a chart: as many hours as pixels that tell them apart.
pub const CHART_TIME_MAX: Duration = Duration::from_secs(31 * 24 * 3600);
/// How long it is kept what was counted by the minute: a glance at the present. What was counted by the hour stays.
pub const MINUTES_KEPT: Duration = Duration::from_secs(3 * 3600);
/// Deliveries of one endpoint that are counted where many endpoints are looked at: more of them are a lot as well.
pub const LANE_COUNT_MAX: usize = 1000;
/// The last attempts of an endpoint among which its last failure is looked for.
pub const LAST_ATTEMPTS_MAX: usize = 20;
/// How far back failed deliveries can be recovered: what the Svix contract says.
pub const RECOVER_TIME_MAX: Duration = Duration::from_secs(14 * 24 * 3600);
/// What a client's clock may differ from ours where a time is bounded.
pub const CLOCK_SKEW_MAX: Duration = Duration::from_secs(300);
/// Messages that a background task looks at in one move, which holds up others.
pub const TASK_ROWS_MAX: usize = 500;
/// An attempt that begins so long after a record was changed has seen the change: a commit takes milliseconds, and on a bad
/// disk seconds.
pub const CHANGE_TIME_MAX: Duration = Duration::from_secs(60);
/// Bytes of bodies that are signed once more to show the signatures of one execution: some tens of milliseconds.
pub const EXECUTION_SIGNED_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Background tasks of one endpoint that run at once: each walks through its history.
pub const TASKS_PER_ENDPOINT_MAX: usize = 4;
/// How long an endpoint may meet nothing but failure before it is disabled, unless configured.
pub const ENDPOINT_FAILING_TIME_DEFAULT: Duration = Duration::from_secs(5 * 24 * 3600);
/// The longest such time that can be configured.
pub const ENDPOINT_FAILING_TIME_MAX: Duration = Duration::from_secs(365 * 24 * 3600);
/// The part of that time after which the organization is warned: a day before, of five.
pub const ENDPOINT_WARNING_SHARE: f64 = 0.8;
/// Failed attempts of one delivery after which its organization is told: what the Svix contract says.
pub const ATTEMPTS_UNTIL_NOTICE: u32 = 4;
/// A key for the console of one app is valid for this long, unless asked otherwise: what the Svix contract says.
pub const PORTAL_TIME_DEFAULT: Duration = Duration::from_secs(28 * 24 * 3600);
/// The longest such time: whoever has the link has the app.
pub const PORTAL_TIME_MAX: Duration = PORTAL_TIME_DEFAULT;
/// The longest time after which a key ends that ends at all: ten years.
pub const KEY_TIME_MAX: Duration = Duration::from_secs(3650 * 24 * 3600);
/// How long a key of one app stays in the list after it has expired: whoever wonders why it opens nothing looks there, and
/// each look of a customer at the console makes one.
pub const EXPIRED_KEYS_KEPT: Duration = Duration::from_secs(24 * 3600);
/// Headers that one endpoint adds to its calls.
pub const HEADERS_MAX: usize = 32;
/// The name of a header.
pub const HEADER_NAME_CHARS_MAX: usize = 128;
/// The value of a header: what the Svix contract allows.
pub const HEADER_VALUE_BYTES_MAX: usize = 4096;
/// Names and values of an endpoint's headers together: many servers refuse a head of more than this.
pub const HEADERS_BYTES_MAX: usize = 16 * 1024;
/// A user name, a password, the id or secret of a client, a scope: each with room to spare in a header.
pub const CREDENTIAL_BYTES_MAX: usize = 1024;
/// A client certificate with its chain.
pub const CERTIFICATE_PEM_BYTES_MAX: usize = 32 * 1024;
/// The private key of a client certificate: an RSA key of 8192 bits has 6 KiB.
pub const KEY_PEM_BYTES_MAX: usize = 16 * 1024;

// -- The live stream ---------------------------------------------------------------------------------------

/// Changes of deliveries that are kept for whoever watches, or comes again: about a second at full load, some 900 KiB.
pub const LIVE_CHANGES_MAX: usize = 8192;
/// How long they are kept after nobody watches any more: a console that is loaded again, a network that was away.
pub const LIVE_KEPT_TIME: Duration = Duration::from_secs(60);
/// Deliveries that one batch of a stream tells of; of more, it tells that there are more. Nobody reads so many at once.
pub const LIVE_BATCH_MAX: usize = 500;
/// Between two batches of a stream: ten in a second look like all the time.
pub const LIVE_BATCH_PAUSE: Duration = Duration::from_millis(100);
/// After this time a stream says that it is there, and looks whether it may go on: proxies give up after 30 s.
pub const LIVE_CHECK_PAUSE: Duration = Duration::from_secs(10);
/// Streams at once: each holds a connection.
pub const LIVE_STREAMS_MAX: usize = 256;
/// Streams at once of all keys of one organization, those of its apps among them: half of all. Most servers have one
/// organization or two, which is to have plenty; and none takes the places of all others.
pub const LIVE_STREAMS_PER_ORGANIZATION_MAX: usize = LIVE_STREAMS_MAX / 2;
/// Streams at once of all keys of one app, so that no customer takes those of others.
pub const LIVE_STREAMS_PER_APP_MAX: usize = 16;

// -- Event patterns ----------------------------------------------------------------------------------------

/// An event pattern, without the space between its tokens: the most that EventBridge can be asked to take. A
/// thousand endpoints of an app may have one each, in memory and per message.
pub const PATTERN_BYTES_MAX: usize = 4096;
/// Nesting of JSON in a pattern: each level of an event takes one, each `$or` two. It bounds every recursion
/// over patterns.
pub const PATTERN_DEPTH_MAX: usize = 32;
/// Values and operators that one pattern names, in lists too: each may be compared with each value of an event.
pub const PATTERN_VALUES_MAX: usize = 512;
/// Compared fields of one pattern, after what stands beside a `$or` was put into it where both name the same
/// field: the one way in which a pattern grows.
pub const PATTERN_FIELDS_MAX: usize = 1024;
/// Asterisks in one `wildcard`: each is a search through what is left of the text.
pub const PATTERN_WILDCARDS_MAX: usize = 16;

// -- An attempt --------------------------------------------------------------------------------------------

/// The URL of an endpoint, in bytes of its canonical form: what common servers accept.
pub const URL_BYTES_MAX: usize = 2048;
/// One attempt from resolving the name to the last byte of the body, unless configured.
pub const ATTEMPT_TIME_DEFAULT: Duration = Duration::from_secs(15);
/// The longest attempt that can be configured.
pub const ATTEMPT_TIME_MAX: Duration = Duration::from_secs(120);
/// Resolving the name: within the attempt's time.
pub const RESOLVE_TIME_MAX: Duration = Duration::from_secs(5);
/// TCP and TLS handshakes together: within the attempt's time.
pub const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// Addresses of one name that are tried in one attempt.
pub const ADDRESSES_TRIED_MAX: usize = 4;
/// Bytes read from the socket before the response's head is complete, informational responses included.
pub const RESPONSE_HEAD_BYTES_MAX: usize = 64 * 1024;
/// Bytes of the response's body that are kept; reading stops there.
pub const RESPONSE_BODY_BYTES_MAX: usize = 16 * 1024;
/// Bytes read from the socket in one attempt, whatever they are: framing, padding and TLS records included.
pub const ATTEMPT_BYTES_READ_MAX: usize = 256 * 1024;
/// What is kept of a `Location` header.
pub const LOCATION_BYTES_MAX: usize = 1024;
/// What is kept of the words that explain a failure.
pub const FAILURE_DETAIL_BYTES_MAX: usize = 1024;
/// An idle connection to a receiver: shorter than receivers' own limits, and than an address change may take.
pub const IDLE_CONNECTION_TIME_MAX: Duration = Duration::from_secs(30);
/// Idle connections kept per receiver address: as many as four endpoints may have used at once, since services that many
/// customers point at have one address for all. Fewer would be closed after each burst, and opened again with the next.
pub const IDLE_CONNECTIONS_PER_TARGET_MAX: usize = 4 * LANE_CONCURRENCY_MAX;
/// Idle connections kept in all: as many as were in use at once.
pub const IDLE_CONNECTIONS_MAX: usize = ATTEMPTS_IN_FLIGHT_MAX;
/// An access token: larger ones would not fit into the head that receivers read.
pub const ACCESS_TOKEN_BYTES_MAX: usize = 8 * 1024;
/// How long an access token is used whose end nobody told.
pub const ACCESS_TOKEN_TIME_DEFAULT: Duration = Duration::from_secs(300);
/// The longest that an access token is used, whatever it promises.
pub const ACCESS_TOKEN_TIME_MAX: Duration = Duration::from_secs(24 * 3600);
/// Before the end of an access token, a new one is fetched: for clocks that differ, and requests under way.
pub const ACCESS_TOKEN_MARGIN: Duration = Duration::from_secs(30);
/// Access tokens kept in all.
pub const ACCESS_TOKENS_MAX: usize = 1024;
/// Client certificates kept ready in all; each takes some ten kilobytes, and another is made within a millisecond.
pub const IDENTITIES_MAX: usize = 512;

// -- Secrets -----------------------------------------------------------------------------------------------

/// The shortest symmetric secret that may be chosen: what Standard Webhooks calls secure.
pub const SECRET_BYTES_MIN: usize = 24;
/// The longest one: what the Svix contract allows.
pub const SECRET_BYTES_MAX: usize = 75;
/// How long a replaced secret goes on signing, unless the rotation says otherwise: the receiver has a day.
pub const SECRET_GRACE_TIME_DEFAULT: Duration = Duration::from_secs(24 * 3600);
/// The longest such time: a secret that leaked must end.
pub const SECRET_GRACE_TIME_MAX: Duration = Duration::from_secs(7 * 24 * 3600);
/// Replaced secrets that still sign: each adds a signature of some 90 bytes to a header.
pub const OLD_SECRETS_MAX: usize = 10;

// -- Retries -----------------------------------------------------------------------------------------------

/// Retries in one schedule.
pub const RETRIES_MAX: usize = 32;
/// One delay of a schedule, and the longest `Retry-After` that is followed.
pub const RETRY_DELAY_MAX: Duration = Duration::from_secs(24 * 3600);

// -- The engine's memory -----------------------------------------------------------------------------------

/// Attempts under way at once: each holds a socket and some 6 KiB.
pub const ATTEMPTS_IN_FLIGHT_MAX: usize = 2048;
/// Deliveries that a node keeps leased in memory, under way or waiting for a place.
pub const DELIVERIES_IN_MEMORY_MAX: usize = 16 * 1024;
/// Payload bytes of those deliveries.
pub const PAYLOAD_BYTES_IN_MEMORY_MAX: usize = 64 * 1024 * 1024;
/// Deliveries of one lane in memory.
pub const LANE_DELIVERIES_MAX: usize = 1024;
/// Payload bytes of one lane in memory: a sixteenth of all, so that no receiver fills the memory.
pub const LANE_PAYLOAD_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Room that must be there before anything is claimed: more than the largest payload.
pub const CLAIM_BYTES_MIN: usize = 2 * REQUEST_BODY_BYTES_MAX;
/// Deliveries that are kept in memory of each entry of an acceptance; more of them wait in the store.
pub const BIRTHS_PER_ENTRY_MAX: usize = 16;
/// Payload bytes that are kept in memory of each entry of an acceptance: larger ones wait in the store, so that
/// many acceptances at once are no danger.
pub const BIRTH_BYTES_PER_ENTRY_MAX: usize = 64 * 1024;
/// A lane that may start nothing for longer than this gives what it holds in memory back to the store.
pub const HELD_IN_MEMORY_TIME_MAX: Duration = Duration::from_secs(2);
/// Deliveries claimed from the store for one lane at a time: some milliseconds of a commit that others share.
pub const CLAIM_ROWS_MAX: usize = 512;
/// Deliveries claimed at a time of an endpoint that is called in order: a failure gives the rest back.
pub const CLAIM_IN_ORDER_ROWS_MAX: usize = 32;
/// Lanes looked up, or leases taken over, in one move of the store.
pub const SWEEP_ROWS_MAX: usize = 1000;

// -- Lanes -------------------------------------------------------------------------------------------------

/// Attempts at once to an endpoint that has not answered yet.
pub const LANE_CONCURRENCY_START: usize = 32;
/// Attempts at once to an endpoint that answers well.
pub const LANE_CONCURRENCY_MAX: usize = 256;
/// Attempts at once to an endpoint that keeps failing: few enough that a hundred of them fit beside those that
/// work, and enough that its own retries keep their schedule.
pub const LANE_CONCURRENCY_MIN: usize = 16;
/// Attempts in a row without any answer after which the breaker opens.
pub const BREAKER_FAILURES_MAX: u32 = 100;
/// First pause of an open breaker; it doubles with each probe that fails.
pub const BREAKER_PAUSE_MIN: Duration = Duration::from_millis(100);
/// Longest pause of an open breaker: a receiver that is back is noticed within this time.
pub const BREAKER_PAUSE_MAX: Duration = Duration::from_secs(1);

// -- Stopping ----------------------------------------------------------------------------------------------

/// From the signal to stop until attempts still under way are given up and released.
pub const SHUTDOWN_TIME_DEFAULT: Duration = Duration::from_secs(20);
/// The longest such time that can be configured: service managers lose patience earlier.
pub const SHUTDOWN_TIME_MAX: Duration = Duration::from_secs(600);
/// At a stop, for requests to the API that are under way; most take milliseconds.
pub const CONNECTIONS_DRAIN_TIME_MAX: Duration = Duration::from_secs(3);
