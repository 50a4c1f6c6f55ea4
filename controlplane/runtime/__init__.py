"""What a process needs to run, whatever it serves: its clock, its worker processes, its log lines."""
