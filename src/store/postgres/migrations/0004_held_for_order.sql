-- The functions alone: a holder whose lease ended may still say how its try went, and the next message waits for the end of a
-- try under way (R39).
SELECT 1;
