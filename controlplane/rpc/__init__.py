"""The edge: servicers that translate a protobuf into a command and an error into a status. No rule lives here."""
