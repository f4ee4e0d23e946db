-- A timer that is due is one worker's until its turn, or until the lease ends.

ALTER TABLE timers ADD COLUMN leased_by TEXT;
ALTER TABLE timers ADD COLUMN leased_until INTEGER;
CREATE INDEX timers_leased ON timers (leased_until) WHERE leased_until IS NOT NULL;
