"""From the state that guests have to the state that they should have, step by step."""
