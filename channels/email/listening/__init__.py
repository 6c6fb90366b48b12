"""Mail that is brought to the hub: SMTP and LMTP."""
