//! HTTP from outside: webhooks and health.
