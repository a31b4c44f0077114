"""The mailbox: speaks the API of Amazon SES v2, delivers to nobody, shows each message, publishes events."""
