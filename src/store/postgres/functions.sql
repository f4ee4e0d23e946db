-- Whole operations as functions: each is one statement and one round trip, so that no lock is held while a network is
-- waited for. Text that the caller leaves empty is NULL here. Locks are taken in a fixed order; the few cases in which two
-- operations can still wait for each other are ended by the server and repeated by the caller.

-- Tells other nodes what changed, once the transaction is committed.
CREATE FUNCTION frontdesk_tell(node TEXT, what TEXT, contacts BIGINT[] DEFAULT '{}') RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    IF what <> 'contacts' THEN
        PERFORM pg_notify('frontdesk', node || ' ' || what);
        RETURN;
    END IF;
    -- A notice holds 8,000 bytes.
    PERFORM pg_notify('frontdesk', node || ' contacts ' || string_agg(contact::TEXT, ',' ORDER BY contact))
    FROM (SELECT contact, (row_number() OVER (ORDER BY contact)) / 300 AS page
          FROM (SELECT DISTINCT unnest(contacts) AS contact) AS each_once) AS paged
    GROUP BY page;
END $$;

-- One customer at a time is made or changed, by whatever node. There are 256 locks, not one a customer, so that many
-- customers never need more than the server has.
CREATE FUNCTION frontdesk_lock(number TEXT, user_id TEXT, wa_id TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('frontdesk contact'), bucket)
    FROM (SELECT DISTINCT hashtext(number || ' ' || name) & 255 AS bucket
          FROM unnest(ARRAY[user_id, wa_id]) AS name WHERE name IS NOT NULL ORDER BY 1) AS buckets;
END $$;

-- The contact who was known like this at that time. The business-scoped id has the say. What leads to somebody who is gone
-- leads to nobody: whoever is known like that next is a new contact.
CREATE FUNCTION frontdesk_find(number TEXT, user_id TEXT, wa_id TEXT, at BIGINT) RETURNS BIGINT LANGUAGE sql AS $$
    SELECT coalesce(
        (SELECT contact FROM contact_identities
         WHERE number_id = number AND kind = 'user_id' AND value = user_id AND (left_at IS NULL OR left_at >= at)
             AND EXISTS (SELECT 1 FROM contacts WHERE id = contact)),
        (SELECT contact FROM contact_identities
         WHERE number_id = number AND kind = 'wa_id' AND value = wa_id AND (left_at IS NULL OR left_at >= at)
             AND EXISTS (SELECT 1 FROM contacts WHERE id = contact)))
$$;

-- Puts what a contact is known by on their row, by which they are written to; in place of what is there if anew.
CREATE FUNCTION frontdesk_call(the_contact BIGINT, the_kind TEXT, the_value TEXT, anew BOOLEAN) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
    IF the_kind = 'user_id' THEN
        UPDATE contacts SET user_id = the_value
        WHERE id = the_contact AND (anew OR user_id IS NULL) AND user_id IS DISTINCT FROM the_value;
    ELSE
        UPDATE contacts SET wa_id = the_value
        WHERE id = the_contact AND (anew OR wa_id IS NULL) AND wa_id IS DISTINCT FROM the_value;
    END IF;
END $$;

-- Notes by what a contact was known at that time. Names they had left by then are left alone.
CREATE FUNCTION frontdesk_learn(number TEXT, the_contact BIGINT, user_id TEXT, wa_id TEXT, the_name TEXT, at BIGINT)
RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    known RECORD;
BEGIN
    FOR known IN SELECT * FROM (VALUES ('user_id', user_id), ('wa_id', wa_id)) AS names (kind, value)
                 WHERE value IS NOT NULL LOOP
        CONTINUE WHEN EXISTS (SELECT 1 FROM contact_identities AS i WHERE i.number_id = number AND i.kind = known.kind
            AND i.value = known.value AND i.contact = the_contact AND i.left_at IS NULL);
        INSERT INTO contact_identities AS i (number_id, kind, value, contact)
        VALUES (number, known.kind, known.value, the_contact)
        ON CONFLICT (number_id, kind, value) DO UPDATE SET contact = excluded.contact, left_at = NULL
        WHERE (i.contact <> excluded.contact AND i.left_at IS NULL) OR i.left_at < at;
        IF FOUND THEN
            PERFORM frontdesk_call(the_contact, known.kind, known.value, TRUE);
        END IF;
    END LOOP;
    IF the_name IS NOT NULL THEN
        UPDATE contacts SET name = the_name WHERE id = the_contact AND name IS DISTINCT FROM the_name;
    END IF;
END $$;

-- The contact who was known like this at that time, made if there is none.
CREATE FUNCTION frontdesk_find_or_make(number TEXT, user_id TEXT, wa_id TEXT, the_name TEXT, at BIGINT, now BIGINT)
RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    found_contact BIGINT := frontdesk_find(number, user_id, wa_id, at);
BEGIN
    IF found_contact IS NOT NULL THEN
        -- Who is just being erased is waited for, and is a new contact then.
        PERFORM 1 FROM contacts WHERE id = found_contact FOR KEY SHARE;
        IF NOT FOUND THEN
            found_contact := frontdesk_find(number, user_id, wa_id, at);
        END IF;
    END IF;
    IF found_contact IS NULL THEN
        PERFORM frontdesk_lock(number, user_id, wa_id);
        found_contact := frontdesk_find(number, user_id, wa_id, at);
    END IF;
    IF found_contact IS NULL THEN
        INSERT INTO contacts (number_id, created_at, user_id, wa_id, name) VALUES (number, now, user_id, wa_id, the_name)
        RETURNING id INTO found_contact;
    END IF;
    PERFORM frontdesk_learn(number, found_contact, user_id, wa_id, the_name, at);
    RETURN found_contact;
END $$;

-- Adds what the channel says it knows a contact by, as far as nobody else is known by it.
CREATE FUNCTION frontdesk_add_names(number TEXT, the_contact BIGINT, user_id TEXT, wa_id TEXT) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
    known RECORD;
BEGIN
    FOR known IN SELECT * FROM (VALUES ('user_id', user_id), ('wa_id', wa_id)) AS names (kind, value)
                 WHERE value IS NOT NULL LOOP
        INSERT INTO contact_identities (number_id, kind, value, contact)
        VALUES (number, known.kind, known.value, the_contact) ON CONFLICT (number_id, kind, value) DO NOTHING;
        IF FOUND THEN
            PERFORM frontdesk_call(the_contact, known.kind, known.value, FALSE);
        END IF;
    END LOOP;
END $$;

-- A contact is known by something else from a time on, as the channel stamped it; whether that is news. What they left
-- still finds them for messages stamped before. What they have left since by a later change is no news. Messages that came
-- before this notice, and that no turn has answered yet, come into the thread. NULL where the contact is gone by now.
CREATE FUNCTION frontdesk_rename(number TEXT, the_contact BIGINT, user_id TEXT, wa_id TEXT, at BIGINT) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
    known RECORD;
    early BIGINT[];
    news BOOLEAN;
    also contacts%ROWTYPE;
    one_left BOOLEAN;
BEGIN
    -- Others who are known like this now, have had no turn and wrote nothing before the change: made by messages that overtook
    -- its notice. Whoever had the number before is somebody else.
    early := ARRAY(
        SELECT c.id FROM contacts AS c WHERE c.id <> the_contact AND c.row_version = 0 AND c.id IN (
            SELECT i.contact FROM contact_identities AS i WHERE i.number_id = number AND i.left_at IS NULL
                AND ((i.kind = 'user_id' AND i.value = frontdesk_rename.user_id)
                    OR (i.kind = 'wa_id' AND i.value = frontdesk_rename.wa_id))));
    PERFORM 1 FROM contacts AS c WHERE c.id = the_contact OR c.id = ANY (early) ORDER BY c.id FOR UPDATE;
    IF NOT EXISTS (SELECT 1 FROM contacts AS c WHERE c.id = the_contact) THEN
        RETURN NULL;
    END IF;
    early := ARRAY(
        SELECT c.id FROM contacts AS c WHERE c.id = ANY (early) AND c.row_version = 0 AND NOT EXISTS (
            SELECT 1 FROM inbox AS b WHERE b.contact = c.id AND b.taken_by IS NULL AND b.at < frontdesk_rename.at));
    news := early <> '{}';
    FOR also IN SELECT * FROM contacts AS c WHERE c.id = ANY (early) ORDER BY c.id LOOP
        user_id := coalesce(user_id, also.user_id);
        wa_id := coalesce(wa_id, also.wa_id);
    END LOOP;
    FOR known IN SELECT * FROM (VALUES ('user_id', user_id), ('wa_id', wa_id)) AS names (kind, value)
                 WHERE value IS NOT NULL LOOP
        CONTINUE WHEN EXISTS (SELECT 1 FROM contact_identities AS i WHERE i.number_id = number AND i.kind = known.kind
            AND i.value = known.value AND i.contact = the_contact AND i.left_at > at);
        UPDATE contact_identities AS i SET left_at = at
        WHERE i.contact = the_contact AND i.kind = known.kind AND i.value <> known.value AND i.left_at IS NULL;
        one_left := FOUND;
        INSERT INTO contact_identities AS i (number_id, kind, value, contact)
        VALUES (number, known.kind, known.value, the_contact)
        ON CONFLICT (number_id, kind, value) DO UPDATE SET contact = excluded.contact, left_at = NULL
        WHERE i.contact <> excluded.contact OR i.left_at IS NOT NULL;
        IF FOUND OR one_left THEN
            news := TRUE;
            PERFORM frontdesk_call(the_contact, known.kind, known.value, TRUE);
        END IF;
    END LOOP;
    FOR also IN SELECT * FROM contacts AS c WHERE c.id = ANY (early) ORDER BY c.id LOOP
        UPDATE inbox SET contact = the_contact WHERE contact = also.id AND taken_by IS NULL;
        UPDATE contact_identities SET contact = the_contact WHERE contact = also.id;
        UPDATE contacts SET name = coalesce(also.name, name) WHERE id = the_contact;
        DELETE FROM contacts WHERE id = also.id;
    END LOOP;
    RETURN news;
END $$;

-- Shows in the thread how a job stands.
CREATE FUNCTION frontdesk_mirror(the_job BIGINT) RETURNS VOID LANGUAGE sql AS $$
    UPDATE entries SET delivery = job.delivery, message_id = job.message_id, failure = job.failure
    FROM outbox AS job WHERE job.number = the_job AND entries.contact = job.contact AND entries.seq = job.entry
$$;

-- What one arrival came to; all but the first part may be missing.
CREATE TYPE frontdesk_came AS (came TEXT, contact BIGINT, number BIGINT, delivery TEXT);

-- Settles the job that a status is about, by what was attached to the message or by the channel's id of it. What the
-- conversation hears of it is this row of the inbox.
CREATE FUNCTION frontdesk_settle(told JSONB, now BIGINT, row_id BIGINT) RETURNS frontdesk_came LANGUAGE plpgsql AS $$
DECLARE
    job outbox%ROWTYPE;
    steps CONSTANT TEXT[] := '{queued,sent,delivered,read,failed}';
    delivery TEXT := told ->> 'delivery';
    same_try BOOLEAN;
    arrived BOOLEAN;
    old_news BOOLEAN;
    further BOOLEAN;
    status TEXT;
    tried_again BOOLEAN;
BEGIN
    SELECT * INTO job FROM outbox AS o WHERE o.number_id = told ->> 'number'
        AND o.number = (told ->> 'job')::BIGINT AND o.contact = (told ->> 'contact')::BIGINT FOR UPDATE;
    IF NOT FOUND THEN
        SELECT * INTO job FROM outbox AS o
        WHERE o.number_id = told ->> 'number' AND o.message_id = told ->> 'id' LIMIT 1 FOR UPDATE;
    END IF;
    IF NOT FOUND THEN
        RETURN ROW('unknown', NULL, NULL, NULL)::frontdesk_came;
    END IF;
    same_try := job.message_id IS NOT DISTINCT FROM told ->> 'id';
    arrived := delivery IN ('delivered', 'read');
    further := array_position(steps, delivery) > array_position(steps, job.delivery);
    -- An earlier try arrived, and the job waits for the end of the last.
    status := CASE WHEN job.status = 'sending' AND job.delivery <> 'queued' THEN 'sent' ELSE job.status END;
    old_news := CASE
        WHEN status = 'failed' THEN TRUE
        -- A later try went out; what failed before it does not matter any more.
        WHEN status = 'sent' AND NOT same_try AND job.message_id IS NOT NULL THEN NOT arrived OR NOT further
        WHEN status = 'sent' AND delivery = 'failed' THEN job.delivery IN ('delivered', 'read', 'failed')
        WHEN status = 'sent' THEN NOT further
        -- The try this is about has failed and waits to be repeated.
        ELSE same_try AND NOT arrived
    END;
    IF old_news THEN
        RETURN ROW('duplicate', job.contact, NULL, NULL)::frontdesk_came;
    END IF;
    IF delivery <> 'failed' THEN
        -- While another try may be under way, the job stays its holder's: the next message would overtake the second copy.
        tried_again := job.status = 'sending' AND job.attempts > 1;
        UPDATE outbox AS o SET status = CASE WHEN tried_again THEN o.status ELSE 'sent' END,
            leased_by = CASE WHEN tried_again THEN o.leased_by END,
            delivery = told ->> 'delivery', message_id = told ->> 'id', failure = NULL WHERE o.number = job.number;
    ELSIF told ->> 'retry_at' IS NOT NULL AND job.attempts < (told ->> 'tries_max')::BIGINT THEN
        -- It failed for a reason that passes: the job waits for its next try. A later one that may be under way is waited for.
        delivery := 'queued';
        tried_again := job.status = 'sending' AND job.attempts > 1;
        UPDATE outbox SET status = 'queued', delivery = 'queued', uncertain = 0,
            ready_at = greatest((told ->> 'retry_at')::BIGINT, CASE WHEN tried_again THEN job.ready_at ELSE 0 END),
            message_id = told ->> 'id', failure = told ->> 'failure',
            leased_by = NULL WHERE number = job.number;
    ELSE
        -- It will never arrive: the conversation hears of it.
        UPDATE outbox SET status = 'failed', delivery = 'failed', message_id = told ->> 'id',
            failure = told ->> 'failure', leased_by = NULL WHERE number = job.number;
        INSERT INTO inbox (id, contact, number_id, kind, at, received_at, payload)
        VALUES (row_id, job.contact, job.number_id, 'undeliverable', now, now, told ->> 'payload');
        PERFORM frontdesk_mirror(job.number);
        RETURN ROW('stored', job.contact, row_id, 'failed')::frontdesk_came;
    END IF;
    PERFORM frontdesk_mirror(job.number);
    RETURN ROW('settled', job.contact, job.number, delivery)::frontdesk_came;
END $$;

-- Takes one arrival in, as this row of the inbox.
CREATE FUNCTION frontdesk_take_in(arrival JSONB, now BIGINT, row_id BIGINT) RETURNS frontdesk_came LANGUAGE plpgsql AS $$
DECLARE
    number TEXT := arrival ->> 'number';
    the_id TEXT := arrival ->> 'id';
    the_contact BIGINT;
    changed_at BIGINT;
    news BOOLEAN;
BEGIN
    IF arrival ->> 'is' = 'status' THEN
        RETURN frontdesk_settle(arrival, now, row_id);
    END IF;
    IF arrival ->> 'is' = 'renamed' THEN
        PERFORM frontdesk_lock(number, arrival ->> 'user_id', arrival ->> 'wa_id');
        changed_at := (arrival ->> 'at')::BIGINT;
        -- Who is just being erased, or joined to another, is waited for, and looked for again.
        FOR attempt IN 1 .. 3 LOOP
            the_contact := frontdesk_find(number, arrival ->> 'old_user_id', arrival ->> 'old_wa_id', changed_at);
            EXIT WHEN the_contact IS NULL;
            news := frontdesk_rename(number, the_contact, arrival ->> 'user_id', arrival ->> 'wa_id', changed_at);
            EXIT WHEN news IS NOT NULL;
        END LOOP;
        IF news IS NULL THEN
            the_contact := frontdesk_find(number, arrival ->> 'user_id', arrival ->> 'wa_id', changed_at);
            IF the_contact IS NULL THEN
                RETURN ROW('unknown', NULL, NULL, NULL)::frontdesk_came;
            END IF;
            RETURN ROW('duplicate', the_contact, NULL, NULL)::frontdesk_came;
        END IF;
        IF NOT news THEN
            RETURN ROW('duplicate', the_contact, NULL, NULL)::frontdesk_came;
        END IF;
        INSERT INTO inbox (id, contact, number_id, kind, at, received_at, payload)
        VALUES (row_id, the_contact, number, 'renamed', changed_at, now, arrival ->> 'payload');
        RETURN ROW('stored', the_contact, row_id, NULL)::frontdesk_came;
    END IF;
    SELECT contact INTO the_contact FROM inbox AS i WHERE i.number_id = number AND i.message_id = the_id;
    IF NOT FOUND THEN
        the_contact := frontdesk_find_or_make(number, arrival ->> 'user_id', arrival ->> 'wa_id', arrival ->> 'name',
            (arrival ->> 'at')::BIGINT, now);
        INSERT INTO inbox (id, contact, number_id, message_id, kind, at, received_at, payload)
        VALUES (row_id, the_contact, number, the_id, arrival ->> 'kind', (arrival ->> 'at')::BIGINT, now,
            arrival ->> 'payload')
        ON CONFLICT (number_id, message_id) WHERE message_id IS NOT NULL DO NOTHING;
        IF FOUND THEN
            RETURN ROW('stored', the_contact, row_id, NULL)::frontdesk_came;
        END IF;
        SELECT contact INTO the_contact FROM inbox AS i WHERE i.number_id = number AND i.message_id = the_id;
    END IF;
    RETURN ROW('duplicate', the_contact, NULL, NULL)::frontdesk_came;
END $$;

-- A message as it is handed over, with its place among all that arrived and its row in the inbox. It is tangled where it
-- shares a name or its id with another of them, so that what the two come to hangs on their order.
CREATE TYPE frontdesk_message AS (place BIGINT, number TEXT, user_id TEXT, wa_id TEXT, name TEXT, id TEXT, kind TEXT,
    at BIGINT, payload TEXT, now BIGINT, tangled BOOLEAN, row_id BIGINT);

-- Makes those customers by whose names nobody was ever known.
CREATE FUNCTION frontdesk_make_new(messages frontdesk_message[]) RETURNS VOID LANGUAGE sql AS $$
    WITH unknown AS (
        SELECT min(place) AS place, number, user_id, wa_id, (array_agg(name ORDER BY place))[1] AS name, min(now) AS now
        FROM unnest(messages) AS m
        WHERE NOT tangled
            AND NOT EXISTS (SELECT 1 FROM contact_identities AS i WHERE i.number_id = number AND i.kind = 'user_id'
                AND i.value = user_id)
            AND NOT EXISTS (SELECT 1 FROM contact_identities AS i WHERE i.number_id = number AND i.kind = 'wa_id'
                AND i.value = wa_id)
            AND NOT EXISTS (SELECT 1 FROM inbox AS i WHERE i.number_id = number AND i.message_id = m.id)
        GROUP BY number, user_id, wa_id),
    made AS (
        INSERT INTO contacts (number_id, created_at, user_id, wa_id, name)
        SELECT number, now, user_id, wa_id, name FROM unknown ORDER BY place RETURNING id, number_id, user_id, wa_id)
    INSERT INTO contact_identities (number_id, kind, value, contact)
    SELECT number_id, names.kind, value, made.id
    FROM made, LATERAL (VALUES ('user_id', user_id), ('wa_id', wa_id)) AS names (kind, value) WHERE value IS NOT NULL
    ON CONFLICT (number_id, kind, value) DO UPDATE SET contact = excluded.contact, left_at = NULL
$$;

-- Takes in messages of customers of whom there is nothing to learn, many at once: those that are stored, by their place.
CREATE FUNCTION frontdesk_take_messages(messages frontdesk_message[]) RETURNS TABLE (place BIGINT, came frontdesk_came)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    whose BIGINT[];
    alive BIGINT[];
BEGIN
    -- In the order of the messages; NULL where one of the customer's messages takes longer to understand.
    whose := ARRAY(
        WITH found AS MATERIALIZED (
            SELECT m.place, m.name, coalesce(u.contact, w.contact) AS contact, NOT tangled
                AND (m.user_id IS NULL OR (u.contact IS NOT NULL AND u.left_at IS NULL))
                AND (m.wa_id IS NULL OR (w.contact = coalesce(u.contact, w.contact) AND w.left_at IS NULL)) AS is_known
            FROM unnest(messages) AS m
            -- With a limit each is looked up by the index, and not joined.
            LEFT JOIN LATERAL (SELECT contact, left_at FROM contact_identities WHERE number_id = m.number AND kind = 'user_id'
                AND value = m.user_id AND (left_at IS NULL OR left_at >= m.at) LIMIT 1) AS u ON TRUE
            LEFT JOIN LATERAL (SELECT contact, left_at FROM contact_identities WHERE number_id = m.number AND kind = 'wa_id'
                AND value = m.wa_id AND (left_at IS NULL OR left_at >= m.at) LIMIT 1) AS w ON TRUE)
        SELECT CASE WHEN bool_and(coalesce(is_known, FALSE) AND (f.name IS NULL OR f.name IS NOT DISTINCT FROM c.name))
            OVER (PARTITION BY f.contact) THEN f.contact END
        FROM found AS f
        LEFT JOIN LATERAL (SELECT name FROM contacts WHERE id = f.contact LIMIT 1) AS c ON TRUE ORDER BY f.place);
    -- Who is just being erased is waited for, and is nobody then.
    alive := ARRAY(SELECT c.id FROM contacts AS c WHERE c.id = ANY (whose) ORDER BY c.id FOR KEY SHARE);
    RETURN QUERY
    WITH said AS (
        SELECT * FROM ROWS FROM (unnest(messages), unnest(whose))
            AS m (place, number, user_id, wa_id, name, id, kind, at, payload, now, tangled, row_id, of)
        WHERE of = ANY (alive)),
    added AS (
        INSERT INTO inbox (id, contact, number_id, message_id, kind, at, received_at, payload)
        SELECT row_id, of, number, said.id, kind, at, now, payload FROM said ORDER BY place
        ON CONFLICT (number_id, message_id) WHERE message_id IS NOT NULL DO NOTHING
        RETURNING inbox.id, number_id, message_id)
    SELECT said.place, ROW('stored', of, added.id, NULL)::frontdesk_came
    FROM said JOIN added ON added.number_id = said.number AND added.message_id = said.id;
END $$;

-- Takes many arrivals in, each received at its own time, and says for each in turn what came of it.
CREATE FUNCTION frontdesk_receive(arrivals JSONB, node TEXT) RETURNS SETOF frontdesk_came
LANGUAGE plpgsql AS $$
DECLARE
    taken RECORD;
    answers frontdesk_came[] := array_fill(NULL::frontdesk_came, ARRAY[jsonb_array_length(arrivals)]);
    answer frontdesk_came;
    messages frontdesk_message[];
    changed BIGINT[] := '{}';
    -- What was written in one second waits in the order of its rows, also where two customers prove to be one later. So the
    -- rows are numbered as they came, whichever of them are understood at once and written first.
    counter CONSTANT REGCLASS := pg_get_serial_sequence('inbox', 'id');
    row_ids CONSTANT BIGINT[] := ARRAY(SELECT nextval(counter) FROM generate_series(1, jsonb_array_length(arrivals)));
BEGIN
    -- Customers who are not known yet, and jobs that statuses tell of, are locked in a fixed order before all else.
    PERFORM pg_advisory_xact_lock(hashtext('frontdesk contact'), bucket)
    FROM (SELECT DISTINCT hashtext((a ->> 'number') || ' ' || name) & 255 AS bucket
          FROM jsonb_array_elements(arrivals) AS a,
               LATERAL (VALUES ('user_id', a ->> 'user_id'), ('wa_id', a ->> 'wa_id')) AS names (kind, name)
          WHERE name IS NOT NULL AND (a ->> 'is' = 'renamed' OR NOT EXISTS (SELECT 1 FROM contact_identities AS i
              WHERE i.number_id = a ->> 'number' AND i.kind = names.kind AND i.value = name AND i.left_at IS NULL))
          ORDER BY 1) AS buckets;
    PERFORM 1 FROM outbox WHERE number IN (
        SELECT (a ->> 'job')::BIGINT FROM jsonb_array_elements(arrivals) AS a WHERE a ->> 'job' IS NOT NULL
        UNION
        SELECT o.number FROM jsonb_array_elements(arrivals) AS a
        JOIN outbox AS o ON o.number_id = a ->> 'number' AND o.message_id = a ->> 'id' WHERE a ->> 'is' = 'status')
    ORDER BY number FOR UPDATE;
    -- Where somebody changes what they are known by, order matters between all.
    IF NOT jsonb_path_exists(arrivals, '$[*] ? (@.is == "renamed")') THEN
        messages := ARRAY(
            SELECT ROW(n, number, user_id, wa_id, name, id, kind, at, payload, now,
                count(*) OVER (PARTITION BY number, id) > 1
                OR (user_id IS NOT NULL AND min(coalesce(wa_id, '')) OVER alike <> max(coalesce(wa_id, '')) OVER alike)
                OR (wa_id IS NOT NULL AND min(coalesce(user_id, '')) OVER called <> max(coalesce(user_id, '')) OVER called),
                row_ids[n])::frontdesk_message
            FROM ROWS FROM (jsonb_to_recordset(arrivals) AS ("is" TEXT, number TEXT, user_id TEXT, wa_id TEXT, name TEXT,
                id TEXT, kind TEXT, at BIGINT, payload TEXT, now BIGINT)) WITH ORDINALITY
                AS a (is_a, number, user_id, wa_id, name, id, kind, at, payload, now, n)
            WHERE is_a = 'message' AND (user_id IS NOT NULL OR wa_id IS NOT NULL)
            WINDOW alike AS (PARTITION BY number, user_id), called AS (PARTITION BY number, wa_id) ORDER BY n);
        PERFORM frontdesk_make_new(messages);
        FOR taken IN SELECT * FROM frontdesk_take_messages(messages) LOOP
            answers[taken.place] := taken.came;
        END LOOP;
    END IF;
    FOR place IN 1 .. jsonb_array_length(arrivals) LOOP
        answer := answers[place];
        IF answer.came IS NULL THEN
            answer := frontdesk_take_in(arrivals -> place - 1, (arrivals -> place - 1 ->> 'now')::BIGINT, row_ids[place]);
            IF answer.delivery IS NOT NULL THEN
                changed := changed || answer.contact;
            END IF;
        END IF;
        RETURN NEXT answer;
    END LOOP;
    IF changed <> '{}' THEN
        PERFORM frontdesk_tell(node, 'contacts', changed);
    END IF;
END $$;

-- What one turn came to.
CREATE TYPE frontdesk_turned AS (problem TEXT, number BIGINT, entries BIGINT[], jobs BIGINT[]);

-- A turn as it is handed over.
CREATE TYPE frontdesk_turn AS (
    contact BIGINT, expected BIGINT, at BIGINT, state TEXT, form BIGINT, enquiry BIGINT, enquiry_state TEXT, since BIGINT,
    opened_at BIGINT, version TEXT, flow TEXT, question TEXT, queue TEXT, agent TEXT, place BIGINT, promise_at BIGINT,
    reply_due BIGINT, wrote_at BIGINT, last_human_at BIGINT, subject TEXT, preview TEXT, preview_agent TEXT, taken BIGINT[], entries JSONB,
    jobs JSONB, timers JSONB, reasons TEXT, facts JSONB, audit JSONB);

-- What is found out about a turn before anything is changed: its place among all, why it is not made (`made` is one whose
-- commit is repeated because its answer was lost, known by its token), the number that the answer tells, and what its rows need.
CREATE TYPE frontdesk_verdict AS (place BIGINT, problem TEXT, number BIGINT, contact BIGINT, number_id TEXT, seq BIGINT);

-- Commits turns of different contacts, each whole or, with its reason, not at all; the answers are in the order given. One
-- statement a table, however many turns there are.
CREATE FUNCTION frontdesk_commit_all(whose BIGINT[], turns JSONB, tokens TEXT[], node TEXT) RETURNS SETOF frontdesk_turned
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    given frontdesk_turn[] := ARRAY(SELECT t FROM jsonb_populate_recordset(NULL::frontdesk_turn, turns) AS t);
    verdicts frontdesk_verdict[];
    changed BIGINT[];
BEGIN
    PERFORM 1 FROM contacts WHERE id = ANY (whose) ORDER BY id FOR NO KEY UPDATE;
    verdicts := ARRAY(
        SELECT ROW(t.place,
            CASE WHEN c.id IS NULL THEN 'no_contact'
                WHEN made.token = tokens[t.place] THEN 'made'
                WHEN c.row_version <> t.expected THEN 'moved'
                WHEN missing.id IS NOT NULL THEN 'taken' END,
            CASE WHEN c.row_version = t.expected THEN coalesce(missing.id, t.expected + 1)
                WHEN made.token = tokens[t.place] THEN t.expected + 1
                ELSE c.row_version END,
            t.contact, c.number_id, last.seq)::frontdesk_verdict
        FROM (SELECT ordinality AS place, contact, expected, taken FROM unnest(given) WITH ORDINALITY) AS t
        LEFT JOIN LATERAL (SELECT id, row_version, number_id FROM contacts WHERE id = t.contact LIMIT 1) AS c ON TRUE
        LEFT JOIN LATERAL (SELECT token FROM turns WHERE contact = t.contact AND turn = t.expected + 1 LIMIT 1) AS made
            ON TRUE
        LEFT JOIN LATERAL (SELECT wanted AS id FROM unnest(t.taken) AS wanted WHERE NOT EXISTS (
            SELECT 1 FROM inbox WHERE id = wanted AND contact = t.contact AND taken_by IS NULL) LIMIT 1) AS missing ON TRUE
        LEFT JOIN LATERAL (SELECT coalesce(max(seq), 0) AS seq FROM entries WHERE contact = t.contact) AS last ON TRUE
        ORDER BY t.place);
    changed := ARRAY(SELECT contact FROM unnest(verdicts) WHERE problem IS NULL);
    IF cardinality(changed) < cardinality(given) THEN
        given := ARRAY(SELECT given[place] FROM unnest(verdicts) WHERE problem IS NULL ORDER BY place);
    END IF;
    UPDATE contacts AS c SET state = turn.state, form = turn.form, row_version = turn.expected + 1, enquiry = turn.enquiry,
        enquiry_state = turn.enquiry_state, since = turn.since, opened_at = turn.opened_at, version = turn.version,
        flow = turn.flow, question = turn.question, queue = turn.queue, agent = turn.agent, place = turn.place,
        promise_at = turn.promise_at, reply_due = turn.reply_due, wrote_at = turn.wrote_at,
        last_human_at = turn.last_human_at, subject = turn.subject, preview = coalesce(turn.preview, c.preview),
        preview_agent = CASE WHEN turn.preview IS NULL THEN c.preview_agent ELSE turn.preview_agent END
    FROM unnest(given) AS turn WHERE c.id = turn.contact;
    UPDATE inbox SET taken_by = turn.expected + 1 FROM unnest(given) AS turn WHERE inbox.id = ANY (turn.taken);
    INSERT INTO entries (contact, seq, turn, at, who, name, enquiry, message, secret, message_id, delivery)
    SELECT turn.contact, v.seq + e.place, turn.expected + 1, e.at, e.who, e.name, e.enquiry, e.message, e.secret,
        e.message_id, e.delivery
    FROM unnest(given) AS turn JOIN unnest(verdicts) AS v USING (contact),
        jsonb_to_recordset(turn.entries) AS e (place BIGINT, at BIGINT, who TEXT, name TEXT, enquiry BIGINT, message TEXT,
            secret BIGINT, message_id TEXT, delivery TEXT);
    DELETE FROM timers AS t USING unnest(given) AS turn WHERE t.contact = turn.contact
        AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(turn.timers) AS wanted WHERE wanted ->> 'kind' = t.kind);
    INSERT INTO timers AS t (contact, kind, due, armed_by)
    SELECT turn.contact, wanted.kind, wanted.due, turn.expected + 1
    FROM unnest(given) AS turn, jsonb_to_recordset(turn.timers) AS wanted (kind TEXT, due BIGINT)
    ON CONFLICT (contact, kind) DO UPDATE SET due = excluded.due, leased_by = NULL, leased_until = NULL,
        armed_by = CASE WHEN t.due = excluded.due THEN t.armed_by ELSE excluded.armed_by END
    WHERE t.due <> excluded.due OR t.leased_by IS NOT NULL;
    INSERT INTO turns (contact, turn, at, reasons, token)
    SELECT turn.contact, turn.expected + 1, turn.at, turn.reasons, tokens[v.place]
    FROM unnest(given) AS turn JOIN unnest(verdicts) AS v USING (contact);
    INSERT INTO facts (contact, at, name, queue, agent, detail)
    SELECT turn.contact, turn.at, f.name, f.queue, f.agent, f.detail
    FROM unnest(given) AS turn, jsonb_to_recordset(turn.facts) AS f (name TEXT, queue TEXT, agent TEXT, detail TEXT);
    INSERT INTO audit (at, who, what, about)
    SELECT (turn.audit ->> 'at')::BIGINT, turn.audit ->> 'who', turn.audit ->> 'what', turn.audit ->> 'about'
    FROM unnest(given) AS turn WHERE turn.audit IS NOT NULL;
    RETURN QUERY
    WITH added AS (
        INSERT INTO outbox (contact, number_id, entry, payload, created_at, ready_at)
        SELECT turn.contact, v.number_id, v.seq + j.entry, j.payload, turn.at, j.ready_at
        FROM unnest(given) AS turn JOIN unnest(verdicts) AS v USING (contact),
            jsonb_to_recordset(turn.jobs) AS j (place BIGINT, entry BIGINT, payload TEXT, ready_at BIGINT)
        ORDER BY v.place, j.place
        RETURNING outbox.contact, outbox.number AS job),
    made AS (SELECT contact, array_agg(job ORDER BY job) AS jobs FROM added GROUP BY contact)
    SELECT nullif(v.problem, 'made'), v.number,
        -- What is new stands behind what was there: a thread is long.
        ARRAY(SELECT e.seq FROM entries AS e WHERE e.contact = v.contact AND e.turn = v.number
              AND coalesce(v.problem, 'made') = 'made' AND e.seq > CASE WHEN v.problem IS NULL THEN v.seq ELSE 0 END
              ORDER BY e.seq),
        CASE v.problem WHEN 'made' THEN ARRAY(
            SELECT o.number FROM outbox AS o JOIN entries AS e ON e.contact = o.contact AND e.seq = o.entry
            WHERE e.contact = v.contact AND e.turn = v.number ORDER BY o.number)
        ELSE coalesce(made.jobs, '{}') END
    FROM unnest(verdicts) AS v LEFT JOIN made USING (contact) ORDER BY v.place;
    IF changed <> '{}' THEN
        PERFORM frontdesk_tell(node, 'contacts', changed);
    END IF;
END $$;

-- The business numbers for which something waits. Each is found in one step, however much waits.
CREATE FUNCTION frontdesk_numbers() RETURNS SETOF TEXT LANGUAGE sql AS $$
    WITH RECURSIVE numbers (n) AS (
        SELECT min(number_id) FROM outbox WHERE status IN ('queued', 'unknown')
        UNION ALL
        SELECT (SELECT min(number_id) FROM outbox WHERE status IN ('queued', 'unknown') AND number_id > n)
        FROM numbers WHERE n IS NOT NULL)
    SELECT n FROM numbers WHERE n IS NOT NULL
$$;

-- Leases jobs: of each contact the first unfinished one only, of each business number as many as it has room for. What
-- another node is just leasing is passed over.
CREATE FUNCTION frontdesk_claim_jobs(worker TEXT, now BIGINT, lease BIGINT, settle BIGINT, excepted BIGINT[],
    room BIGINT, rooms JSONB, after_number TEXT, most BIGINT)
RETURNS TABLE (number BIGINT, contact BIGINT, number_id TEXT, payload TEXT, attempts BIGINT, created_at BIGINT,
    uncertain BIGINT, wa_id TEXT, user_id TEXT, name TEXT, wrote_at BIGINT)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    the_number TEXT;
    the_room BIGINT;
    mine BIGINT[] := '{}';
BEGIN
    -- Whoever held these is gone, it seems, and nobody knows whether the message is, unless its status said so: that has time
    -- to come. A holder that is only slow, or whose clock is behind, may still say.
    UPDATE outbox SET status = CASE delivery WHEN 'queued' THEN 'unknown' ELSE 'sent' END, uncertain = 1,
        ready_at = now + settle
    WHERE number IN (SELECT number FROM outbox WHERE status = 'sending' AND ready_at <= now
                     ORDER BY number FOR UPDATE SKIP LOCKED);
    FOR the_number IN SELECT n FROM frontdesk_numbers() AS n ORDER BY n <= coalesce(after_number, ''), n LOOP
        the_room := least(coalesce((rooms ->> the_number)::BIGINT, room), most - cardinality(mine));
        EXIT WHEN cardinality(mine) >= most;
        CONTINUE WHEN the_room <= 0;
        mine := mine || ARRAY(
            SELECT job.number FROM outbox AS job
            WHERE status IN ('queued', 'unknown') AND number_id = the_number AND ready_at <= now
            AND job.contact <> ALL (excepted)
            AND NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.contact = job.contact
                AND earlier.status IN ('queued', 'sending', 'unknown') AND earlier.number < job.number)
            ORDER BY ready_at, number LIMIT the_room FOR UPDATE SKIP LOCKED);
    END LOOP;
    RETURN QUERY
    WITH found AS MATERIALIZED (SELECT job.number, job.ready_at FROM outbox AS job WHERE job.number = ANY (mine)),
    leased AS (
        UPDATE outbox AS job SET attempts = attempts + 1, status = 'sending', leased_by = worker, ready_at = now + lease
        FROM found WHERE job.number = found.number
        RETURNING job.*, found.ready_at AS was_ready)
    SELECT leased.number, leased.contact, leased.number_id, leased.payload, leased.attempts, leased.created_at,
        leased.uncertain, contacts.wa_id, contacts.user_id, contacts.name, contacts.wrote_at
    FROM leased JOIN contacts ON contacts.id = leased.contact ORDER BY leased.was_ready, leased.number;
END $$;

-- When there is something to send next, for others than these and from other business numbers than the held.
CREATE FUNCTION frontdesk_next_job(excepted BIGINT[], held TEXT[]) RETURNS BIGINT LANGUAGE sql AS $$
    SELECT min(at) FROM (
        (SELECT ready_at AS at FROM outbox WHERE status = 'sending' AND contact <> ALL (excepted)
             AND number_id <> ALL (held) ORDER BY ready_at LIMIT 1)
        UNION ALL
        SELECT first.ready_at FROM frontdesk_numbers() AS the_number CROSS JOIN LATERAL (
            SELECT job.ready_at FROM outbox AS job
            WHERE job.status IN ('queued', 'unknown') AND job.number_id = the_number AND job.contact <> ALL (excepted)
            AND NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.contact = job.contact
                AND earlier.status IN ('queued', 'sending', 'unknown') AND earlier.number < job.number)
            ORDER BY job.ready_at, job.number LIMIT 1) AS first
        WHERE the_number <> ALL (held)) AS each_way
$$;

-- Notes what became of leased jobs. That a message was sent is true whoever holds the lease now, but for one whose failure was
-- told already; everything else is the last holder's to say. While another's try may be under way, the job stays theirs: the
-- next message would overtake the second copy. Where it is known that an earlier try went out, the job was held only for the
-- sake of order, and is sent.
CREATE FUNCTION frontdesk_finish(finished JSONB, now BIGINT, node TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    done RECORD;
    number TEXT;
    has_failed BOOLEAN;
    changed BIGINT[] := '{}';
BEGIN
    PERFORM 1 FROM outbox
    WHERE outbox.number IN (SELECT (f ->> 'job')::BIGINT FROM jsonb_array_elements(finished) AS f)
    ORDER BY outbox.number FOR UPDATE;
    FOR done IN SELECT * FROM jsonb_to_recordset(finished) AS f (contact BIGINT, job BIGINT, worker TEXT, status TEXT,
            delivery TEXT, ready_at BIGINT, message_id TEXT, failure TEXT, uncertain BIGINT, taken_back BIGINT,
            user_id TEXT, wa_id TEXT, payload TEXT) LOOP
        UPDATE outbox AS o SET
            leased_by = CASE WHEN o.status = 'sending' AND o.leased_by IS DISTINCT FROM done.worker THEN o.leased_by END,
            status = CASE WHEN o.status = 'sending' AND o.leased_by IS DISTINCT FROM done.worker THEN o.status
                WHEN o.delivery = 'queued' THEN done.status ELSE 'sent' END,
            delivery = CASE o.delivery WHEN 'queued' THEN done.delivery ELSE o.delivery END,
            ready_at = coalesce(done.ready_at, o.ready_at),
            message_id = CASE o.delivery WHEN 'queued' THEN coalesce(done.message_id, o.message_id) ELSE o.message_id END,
            uncertain = greatest(o.uncertain, done.uncertain), attempts = o.attempts - done.taken_back,
            failure = CASE WHEN o.delivery = 'queued' AND done.status <> 'sent' THEN coalesce(done.failure, o.failure) END
        WHERE o.number = done.job AND o.contact = done.contact
        AND ((o.status IN ('sending', 'unknown') AND o.leased_by = done.worker)
            OR (done.status = 'sent' AND o.status IN ('queued', 'sending', 'unknown') AND o.attempts > 0
                AND (o.delivery <> 'queued' OR o.message_id IS DISTINCT FROM done.message_id)))
        RETURNING o.number_id, o.status = 'failed' INTO number, has_failed;
        CONTINUE WHEN NOT FOUND;
        changed := changed || done.contact;
        PERFORM frontdesk_mirror(done.job);
        IF done.status = 'sent' THEN
            PERFORM frontdesk_add_names(number, done.contact, done.user_id, done.wa_id);
        ELSIF done.payload IS NOT NULL AND has_failed THEN
            INSERT INTO inbox (contact, number_id, kind, at, received_at, payload)
            VALUES (done.contact, number, 'undeliverable', now, now, done.payload);
        END IF;
    END LOOP;
    IF changed <> '{}' THEN
        PERFORM frontdesk_tell(node, 'contacts', changed);
    END IF;
END $$;

-- Notes that an agent was seen, and whether they can be given work, on this node. A node says so again and again; what one
-- said that has been silent for 90 seconds is forgotten. Whether there is such an agent.
CREATE FUNCTION frontdesk_presence(the_agent TEXT, is_online BIGINT, now BIGINT, the_node TEXT) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
    before BIGINT;
BEGIN
    UPDATE agents SET last_seen = now WHERE name = the_agent;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    SELECT online INTO before FROM presence WHERE agent = the_agent AND node = the_node;
    INSERT INTO presence (agent, node, online, seen) VALUES (the_agent, the_node, is_online, now)
    ON CONFLICT (agent, node) DO UPDATE SET online = excluded.online, seen = excluded.seen;
    DELETE FROM presence WHERE agent = the_agent AND node <> the_node AND seen < now - 90000;
    IF before IS DISTINCT FROM is_online THEN
        PERFORM frontdesk_tell(the_node, 'people');
    END IF;
    RETURN TRUE;
END $$;
