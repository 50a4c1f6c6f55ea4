"""HistoryService."""
