"""React to events and to time by sending commands. Decide nothing: what a command does is the domain's."""
