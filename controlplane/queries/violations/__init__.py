"""Where placement rules do not hold any more."""
