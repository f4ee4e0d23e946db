-- The functions alone: what somebody was known by leads to them up to the moment WhatsApp says they changed it (R1).
SELECT 1;
