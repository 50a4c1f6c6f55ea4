"""What Prometheus is given of a control plane. See decision 0055.

What the process has already is read when it is scraped; only what happens in time is counted, on the event loop.
"""
