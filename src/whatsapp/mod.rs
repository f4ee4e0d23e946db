//! WhatsApp's Cloud API: signatures, webhooks, rendering within limits, and the only caller of Meta.
