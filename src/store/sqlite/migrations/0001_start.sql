-- Times are milliseconds since 1970, flags 0 or 1, JSON is text. Every row belongs to a contact, or to the desk.

CREATE TABLE contacts (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    number_id     TEXT NOT NULL,
    wa_id         TEXT,
    user_id       TEXT,
    name          TEXT,
    created_at    INTEGER NOT NULL,
    state         TEXT,
    form          INTEGER NOT NULL DEFAULT 0,
    row_version   INTEGER NOT NULL DEFAULT 0,
    -- What lists show and sort by.
    enquiry       INTEGER,
    enquiry_state TEXT,
    since         INTEGER,
    opened_at     INTEGER,
    version       TEXT,
    flow          TEXT,
    question      TEXT,
    queue         TEXT,
    agent         TEXT,
    place         INTEGER,
    promise_at    INTEGER,
    reply_due     INTEGER,
    wrote_at      INTEGER,
    last_human_at INTEGER,
    subject       TEXT,
    preview       TEXT
) STRICT;
-- An index entry exists only while an enquiry is open; most contacts have none.
CREATE INDEX contacts_open ON contacts (id) WHERE enquiry_state <> 'ended';
CREATE INDEX contacts_state ON contacts (enquiry_state, queue, place) WHERE enquiry_state <> 'ended';
CREATE INDEX contacts_agent ON contacts (agent, enquiry_state) WHERE enquiry_state <> 'ended' AND agent IS NOT NULL;

-- By what a contact is known. A name that was left behind (R1) still finds the thread for messages stamped before that.
CREATE TABLE contact_identities (
    number_id TEXT NOT NULL,
    kind      TEXT NOT NULL,
    value     TEXT NOT NULL,
    contact   INTEGER NOT NULL,
    left_at   INTEGER,
    PRIMARY KEY (number_id, kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_of ON contact_identities (contact);

CREATE TABLE inbox (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    contact     INTEGER NOT NULL,
    number_id   TEXT NOT NULL,
    message_id  TEXT,
    kind        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    payload     TEXT NOT NULL,
    taken_by    INTEGER
) STRICT;
CREATE UNIQUE INDEX inbox_message ON inbox (number_id, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX inbox_waiting ON inbox (contact, at, id) WHERE taken_by IS NULL;

CREATE TABLE entries (
    contact    INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    turn       INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    who        TEXT NOT NULL,
    name       TEXT,
    enquiry    INTEGER,
    message    TEXT NOT NULL,
    secret     INTEGER NOT NULL,
    message_id TEXT,
    delivery   TEXT,
    failure    TEXT,
    PRIMARY KEY (contact, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE turns (
    contact INTEGER NOT NULL,
    turn    INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    reasons TEXT NOT NULL,
    PRIMARY KEY (contact, turn)
) STRICT, WITHOUT ROWID;

-- status: queued, sending (leased), unknown (its status is waited for), sent, failed.
CREATE TABLE outbox (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    contact     INTEGER NOT NULL,
    number_id   TEXT NOT NULL,
    entry       INTEGER,
    payload     TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    status      TEXT NOT NULL DEFAULT 'queued',
    uncertain   INTEGER NOT NULL DEFAULT 0,
    attempts    INTEGER NOT NULL DEFAULT 0,
    -- When it may be taken; while it is leased, when the lease ends.
    ready_at    INTEGER NOT NULL,
    leased_by   TEXT,
    message_id  TEXT,
    delivery    TEXT NOT NULL DEFAULT 'queued',
    failure     TEXT
) STRICT;
CREATE INDEX outbox_of ON outbox (contact, number) WHERE status IN ('queued', 'sending', 'unknown');
CREATE INDEX outbox_ready ON outbox (ready_at, number) WHERE status IN ('queued', 'sending', 'unknown');
CREATE INDEX outbox_message ON outbox (number_id, message_id) WHERE message_id IS NOT NULL;

CREATE TABLE timers (
    contact  INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    due      INTEGER NOT NULL,
    armed_by INTEGER NOT NULL,
    PRIMARY KEY (contact, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_due ON timers (due, contact, kind);

CREATE TABLE facts (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    contact INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    name    TEXT NOT NULL,
    queue   TEXT,
    agent   TEXT,
    detail  TEXT
) STRICT;
CREATE INDEX facts_at ON facts (at);

CREATE TABLE versions (
    hash         TEXT PRIMARY KEY,
    sources      TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    ordinal      INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX versions_ordinal ON versions (ordinal);

CREATE TABLE agents (
    name          TEXT PRIMARY KEY,
    password_hash TEXT NOT NULL,
    role          TEXT NOT NULL,
    queues        TEXT,
    online        INTEGER NOT NULL,
    capacity      INTEGER,
    last_seen     INTEGER,
    active        INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    agent      TEXT NOT NULL,
    expires    INTEGER NOT NULL,
    csrf       TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_agent ON sessions (agent);

CREATE TABLE audit (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    at    INTEGER NOT NULL,
    who   TEXT NOT NULL,
    what  TEXT NOT NULL,
    about TEXT NOT NULL
) STRICT;

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
