"""Files of messages: fetched, scanned, handed in, written down, forgotten at the provider."""
