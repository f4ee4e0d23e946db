-- 1: handed out once and done with then, whatever becomes of it (read marks).
ALTER TABLE outbox ADD COLUMN once INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET once = 1 WHERE payload LIKE '{"read":%';
