-- Who said what lists show last: the agent's name, empty for staff in the WhatsApp app, none for the customer. Whose the words
-- from before were is not known.

ALTER TABLE contacts ADD COLUMN preview_agent TEXT;
UPDATE contacts SET preview = NULL;
