"""What the hub is set up as: the council file, its people, rules and topics."""
