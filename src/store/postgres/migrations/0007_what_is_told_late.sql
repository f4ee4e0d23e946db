-- The functions alone: what is said late of an earlier try leaves a later one under way to its holder (R39), a name that leads to
-- somebody who is gone is the next one's (R42), and what arrives together is numbered as it came (R1).
SELECT 1;
