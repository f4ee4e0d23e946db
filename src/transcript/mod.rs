//! Conversations as tests: chat files parsed, played, and reported on.
