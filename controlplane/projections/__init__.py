"""Read models, folded from committed events in ledger order. Each can be thrown away and folded again."""
