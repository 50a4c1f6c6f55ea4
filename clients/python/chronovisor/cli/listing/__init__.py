"""Lists of resources: their columns, and how one is filtered, sorted and shown."""
