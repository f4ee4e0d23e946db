-- The functions alone: turns of many contacts, and messages that arrive together, are written by one statement a table.
SELECT 1;
