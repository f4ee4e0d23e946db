//! WhatsApp's limits, each with the page of Meta's documentation that states it. Lengths are counted in UTF-16 units
//! ([`crate::text::utf16_len`]), which is never less than what WhatsApp may count.

use std::time::Duration;

/// Words of a text message ("Text messages").
pub const TEXT: usize = 4096;
/// Words over buttons, over a link button or over a request for a place ("Interactive reply buttons", "CTA URL button
/// messages", "Location request messages").
pub const BODY: usize = 1024;
/// Words over a list. "Interactive list messages" says 4096; older clients cut at 1024, so we stay there.
pub const LIST_BODY: usize = 1024;
/// Reply buttons of one message ("Interactive reply buttons").
pub const BUTTONS: usize = 3;
/// A reply button's title; titles of one message differ ("Interactive reply buttons").
pub const BUTTON_TITLE: usize = 20;
/// A reply button's id; ids of one message differ ("Interactive reply buttons").
pub const BUTTON_ID: usize = 256;
/// Rows of a list, in all its sections together ("Interactive list messages").
pub const ROWS: usize = 10;
/// The label of the button that opens a list ("Interactive list messages").
pub const LIST_BUTTON: usize = 20;
/// A row's title ("Interactive list messages").
pub const ROW_TITLE: usize = 24;
/// A row's second line ("Interactive list messages").
pub const ROW_DESCRIPTION: usize = 72;
/// A row's id; ids of one list differ ("Interactive list messages").
pub const ROW_ID: usize = 200;
/// The label of a button that opens a web page ("CTA URL button messages").
pub const LINK_LABEL: usize = 20;
/// An address behind a button or of a file. Meta states none; browsers agree on about this much.
pub const ADDRESS: usize = 2000;
/// Words under a picture, a film or a document ("Image messages", "Video messages", "Document messages").
pub const CAPTION: usize = 1024;
/// A document's name. Meta states none; file systems take this much.
pub const FILENAME: usize = 240;
/// The name and the address of a place. Meta states none ("Location messages").
pub const PLACE: usize = 1000;
/// One value in a template; the whole body may have 1024 ("Templates").
pub const TEMPLATE_PARAMETER: usize = 1024;
/// Quick-reply buttons of a template ("Template components").
pub const TEMPLATE_BUTTONS: usize = 10;
/// The payload behind a template's quick reply. Meta states none; a reply button's id takes this much.
pub const TEMPLATE_PAYLOAD: usize = 256;
/// What we may attach to a message and get back in its statuses ("Messages", `biz_opaque_callback_data`).
pub const CALLBACK: usize = 512;

/// Bytes of a picture to send ("Media").
pub const IMAGE_BYTES: usize = 5 * MEGABYTE;
/// Bytes of a film to send ("Media").
pub const VIDEO_BYTES: usize = 16 * MEGABYTE;
/// Bytes of a sound file to send ("Media").
pub const AUDIO_BYTES: usize = 16 * MEGABYTE;
/// Bytes of a document to send, and of anything a customer sends ("Media").
pub const DOCUMENT_BYTES: usize = 100 * MEGABYTE;
/// Bytes of an animated sticker ("Media").
pub const STICKER_BYTES: usize = 500 * 1024;
const MEGABYTE: usize = 1024 * 1024;

/// Bytes of a webhook delivery: 3 MB ("Webhooks"), and slack.
pub const WEBHOOK_BYTES: usize = 4 * MEGABYTE;
/// Words of one message from outside that are kept. Meta states none.
pub const INBOUND_TEXT: usize = 16_384;
/// A name, a title, a summary from outside: what is kept of it. Meta states none.
pub const INBOUND_LINE: usize = 1000;
/// An id from outside; a longer one is no id. Meta states none.
pub const INBOUND_ID: usize = 512;

/// Messages a second, in and out together, of one business number ("Throughput").
pub const NUMBER_PER_SECOND: u32 = 80;
/// Messages that may go to one customer at once ("About the platform", rate limits).
pub const PAIR_BURST: u32 = 45;
/// How long until one more message may go to the same customer ("About the platform", rate limits).
pub const PAIR_INTERVAL: Duration = Duration::from_secs(6);
/// How long after a customer's last message free text may be sent ("Send messages").
pub const WINDOW: Duration = Duration::from_secs(24 * 60 * 60);
/// How long "typing…" is shown, unless we answer before ("Typing indicators").
pub const TYPING: Duration = Duration::from_secs(25);
/// How long the address of a file works ("Media").
pub const MEDIA_ADDRESS: Duration = Duration::from_secs(5 * 60);
