-- The functions alone: what is said late of an earlier try leaves a later one under way to its holder (R39).
SELECT 1;
