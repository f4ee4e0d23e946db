-- The functions alone: messages that overtook the notice of a changed number come into the thread (R1).
SELECT 1;
