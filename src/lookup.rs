//! Calls the shop's own systems for a flow (R18).
