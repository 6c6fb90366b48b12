"""One file an engine; the contract is `Engine` in hub/transcription."""
