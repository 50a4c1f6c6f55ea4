"""Options that commands share, and their grammars."""
