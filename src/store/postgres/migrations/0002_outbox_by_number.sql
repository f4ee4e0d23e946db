-- What is ready is found by business number, so that those of a number that must wait are not looked at; what is leased has
-- an index of its own. Read marks are not kept any more: losing one is nobody's loss.

DELETE FROM outbox WHERE once = 1 AND status = 'queued';
DROP INDEX outbox_ready;
ALTER TABLE outbox DROP COLUMN once;
CREATE INDEX outbox_ready ON outbox (number_id, ready_at, number) WHERE status IN ('queued', 'unknown');
CREATE INDEX outbox_leased ON outbox (ready_at) WHERE status = 'sending';
